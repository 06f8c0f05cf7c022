//! The cases of a study: a comparison for each combination of what several values were typed of.

use asgrad::ps_core::Setting;
use serde_json::{Map, Value};

/// The settings that a comparison takes several values of.
pub(crate) const AXES: [&str; 4] = ["workers", "partition", "batch-size", "compute"];

/// What sets a comparison apart from the others of its study; nothing if it is the only one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Case(Vec<(Setting, String)>);

impl Case {
    /// Every combination of the values of these settings, the last one changing first.
    pub(crate) fn all(lists: &[(Setting, Vec<String>)]) -> Vec<Self> {
        let mut all = vec![Self::default()];
        for (setting, values) in lists {
            let with = |case: &Self, value: &String| {
                let mut case = case.clone();
                case.0.push((*setting, value.clone()));
                case
            };
            let cases = all.iter();
            all = cases
                .flat_map(|case| values.iter().map(move |value| with(case, value)))
                .collect();
        }
        all
    }

    /// The settings with their values.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (Setting, &str)> {
        self.0.iter().map(|(setting, value)| (*setting, &**value))
    }

    /// Whether it is the only one.
    pub(crate) fn is_only_one(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of workers, if it is one of several, and the case without it.
    pub(crate) fn workers(&self) -> Option<(usize, Self)> {
        let is_it = |(setting, _): &&(Setting, String)| setting.0 == "workers";
        let workers = self.0.iter().find(is_it)?.1.parse().ok()?;
        let rest = self.0.iter().filter(|it| !is_it(it));
        Some((workers, Self(rest.cloned().collect())))
    }

    /// Its name for people.
    pub(crate) fn title(&self) -> String {
        let words = self.0.iter();
        let words: Vec<_> = words
            .map(|(setting, value)| format!("{} {value}", setting.0.replace('-', " ")))
            .collect();
        words.join(", ")
    }

    /// This name, as that of a file of this case: colons and slashes are for no file system.
    pub(crate) fn file_name(&self, name: &str) -> String {
        let mut name = name.to_owned();
        for (_, value) in &self.0 {
            name += "-";
            name += value;
        }
        name.replace([':', '/'], "-")
    }

    /// Its settings as fields of JSON, numbers where they are such.
    pub(crate) fn fields(&self) -> Map<String, Value> {
        let field = |(setting, value): (Setting, &str)| {
            let number = value.parse::<u64>().map(Value::from);
            (setting.key(), number.unwrap_or_else(|_| value.into()))
        };
        self.settings().map(field).collect()
    }

    /// Whether an object has these fields and none of another case's.
    pub(crate) fn is_of(&self, object: &Value) -> bool {
        let own = self.fields();
        AXES.iter().all(|name| {
            let key = Setting(name).key();
            own.get(&key) == object.get(&key)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_all_combinations_and_know_their_own_results() {
        let lists = [
            (Setting("workers"), vec!["1".to_owned(), "2".to_owned()]),
            (
                Setting("compute"),
                vec!["fixed".to_owned(), "pareto:2".to_owned()],
            ),
        ];
        let cases = Case::all(&lists);
        let titles: Vec<_> = cases.iter().map(Case::title).collect();
        let expected = [
            "workers 1, compute fixed",
            "workers 1, compute pareto:2",
            "workers 2, compute fixed",
            "workers 2, compute pareto:2",
        ];
        assert_eq!(titles, expected);
        assert_eq!(cases[3].file_name("pure"), "pure-2-pareto-2");
        let object = serde_json::json!({"method": "pure", "workers": 2, "compute": "pareto:2"});
        let is_of: Vec<_> = cases.iter().map(|case| case.is_of(&object)).collect();
        assert_eq!(is_of, [false, false, false, true]);
        assert_eq!(Case::all(&[]), [Case::default()]);
        assert!(!Case::default().is_of(&object));
    }
}
