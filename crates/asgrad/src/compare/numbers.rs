//! A comparison as numbers: JSON, and a table with a row for each quantity.

use explain::tables::Table;
use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::{Compared, Quantity};

impl Compared {
    /// Every quantity of every method, a row each: method, step size, quantity, how many values
    /// there are, their mean, sample standard deviation and the ends of the 95 % interval, and the
    /// values themselves, one a seed, with semicolons between them. What is not known is empty.
    pub fn numbers(&self) -> Table {
        let mut table = Table::new(&[
            "method",
            "step_size",
            "quantity",
            "n",
            "mean",
            "sd",
            "ci95_low",
            "ci95_high",
            "values",
        ]);
        for row in &self.rows {
            for (key, quantity) in row.quantities() {
                let named = [
                    row.method.clone(),
                    row.step_size.to_string(),
                    key.to_owned(),
                ];
                table.push(named.into_iter().chain(cells(quantity)).collect());
            }
        }
        table
    }
}

fn cells(of: &Quantity) -> [String; 6] {
    let text = |number: Option<f64>| number.map(|it| it.to_string()).unwrap_or_default();
    let end = |which: usize| text(of.ci95.map(|ends| ends[which]));
    let values: Vec<_> = of.values.iter().copied().map(text).collect();
    let n = of.n.to_string();
    [
        n,
        text(of.mean),
        text(of.sd),
        end(0),
        end(1),
        values.join(";"),
    ]
}

/// What was compared on what, the target, a row for each method, and the sentence.
impl Serialize for Compared {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let about = self.about.iter().cloned();
        let about: serde_json::Map<_, _> = about.map(|(name, it)| (name, it.into())).collect();
        let target = serde_json::json!({
            "loss": self.goal.target.loss,
            "gradient_norm": self.goal.target.gradient_norm,
            "origin": self.goal.origin.to_string(),
        });
        let mut fields = serializer.serialize_struct("Compared", 6)?;
        fields.serialize_field("about", &about)?;
        fields.serialize_field("target", &target)?;
        fields.serialize_field("methods", &self.rows)?;
        fields.serialize_field("faults", &self.faults)?;
        fields.serialize_field("interrupted", &self.interrupted)?;
        fields.serialize_field("sentence", &self.sentence())?;
        fields.end()
    }
}
