//! Public names over all crates: no type has the name of another.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, iter};

fn sources(folder: &Path) -> Box<dyn Iterator<Item = PathBuf>> {
    let entries = fs::read_dir(folder).unwrap();
    Box::new(entries.flat_map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path)
        } else {
            Box::new(iter::once(path))
        }
    }))
}

/// The name of a public type that a line begins to define.
fn type_of(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub ")?;
    let kinds = ["struct ", "enum ", "trait ", "type "];
    let rest = kinds.iter().find_map(|kind| rest.strip_prefix(kind))?;
    rest.split(|c: char| !c.is_alphanumeric()).next()
}

#[test]
fn no_public_type_has_the_name_of_another() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut places = BTreeMap::<String, Vec<PathBuf>>::new();
    let is_source = |path: &PathBuf| {
        path.extension().is_some_and(|it| it == "rs") && path.iter().any(|part| part == "src")
    };
    for path in sources(&crates).filter(is_source) {
        for name in fs::read_to_string(&path)
            .unwrap()
            .lines()
            .filter_map(type_of)
        {
            places
                .entry(name.to_owned())
                .or_default()
                .push(path.clone());
        }
    }
    assert!(places.len() > 100, "{} types", places.len());
    places.retain(|_, places| places.len() > 1);
    assert!(places.is_empty(), "{places:#?}");
}
