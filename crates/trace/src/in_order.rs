//! JSON objects whose fields stay in the order in which they are written. The maps of `serde_json`
//! sort them, unless a feature is on that would change the JSON of the whole program around us.

use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer as _, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// Number of fields that room is made for: few objects have more.
const USUAL_FIELDS: usize = 24;

struct InOrder<K>(PhantomData<K>);

impl<'de, K: Deserialize<'de>> Visitor<'de> for InOrder<K> {
    type Value = VecDeque<(K, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = VecDeque::with_capacity(USUAL_FIELDS);
        while let Some(field) = map.next_entry()? {
            fields.push_back(field);
        }
        Ok(fields)
    }
}

/// The fields of one object, with their values as they are written.
///
/// # Errors
/// If the text is not one JSON object.
pub(crate) fn fields<'a, K: Deserialize<'a>>(
    text: &'a str,
) -> serde_json::Result<VecDeque<(K, &'a RawValue)>> {
    let mut json = serde_json::Deserializer::from_str(text);
    let fields = json.deserialize_map(InOrder(PhantomData))?;
    json.end()?;
    Ok(fields)
}

/// An object as this program writes it: without white space, and numbers in the fewest digits.
///
/// # Errors
/// If a value is no JSON.
pub(crate) fn compact<'a>(
    fields: impl IntoIterator<Item = (String, &'a RawValue)>,
) -> serde_json::Result<String> {
    let written = fields
        .into_iter()
        .map(|(key, value)| Ok(format!("{}:{}", Value::from(key), written(value)?)));
    let written: Vec<String> = written.collect::<serde_json::Result<_>>()?;
    Ok(format!("{{{}}}", written.join(",")))
}

fn written(value: &RawValue) -> serde_json::Result<String> {
    let text = value.get();
    Ok(match text.as_bytes().first() {
        Some(b'{') => compact(fields(text)?)?,
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            let items: serde_json::Result<Vec<String>> = items.into_iter().map(written).collect();
            format!("[{}]", items?.join(","))
        }
        _ => serde_json::from_str::<Value>(text)?.to_string(),
    })
}
