use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Dataset {
    parse(text.as_bytes(), Path::new("FILE")).unwrap()
}

/// Read with these settings, as they are typed; empty: not set.
fn try_as(text: &str, label: &str, header: &str) -> Result<Loaded, String> {
    let reading = Reading {
        label: (!label.is_empty()).then(|| label.parse().unwrap()),
        header: (!header.is_empty()).then(|| header.parse().unwrap()),
        index_base: None,
    };
    let read = super::read(text.as_bytes(), Path::new("FILE"), &reading);
    read.map_err(|error| format!("{error:#}"))
}

fn read_as(text: &str, label: &str, header: &str) -> Loaded {
    try_as(text, label, header).unwrap()
}

/// What is said of the file, behind the name of the setting; of a request all of it.
fn of_file(said: &str) -> String {
    let name = said.strip_prefix("--").unwrap_or(said);
    name.strip_prefix("data: ").unwrap_or(said).to_owned()
}

fn refuse_as(text: &str, label: &str, header: &str) -> String {
    of_file(&try_as(text, label, header).unwrap_err())
}

fn refuse(text: &str) -> String {
    let error = parse(text.as_bytes(), Path::new("FILE")).unwrap_err();
    of_file(&error.to_string())
}

#[test]
fn a_first_row_that_counts_the_columns_is_asked_about() {
    let text = "0,1,2\n0.5,1.5,1\n0.25,3,0\n";
    let said = refuse_as(text, "", "");
    assert!(said.contains("give --header yes or --header no"), "{said}");
    assert_eq!(read_as(text, "", "yes").data.n_rows(), 2);
    assert_eq!(read_as(text, "", "no").data.n_rows(), 3);
}

#[test]
fn a_first_row_with_a_mistake_is_no_header() {
    for text in ["nan,1,2\n1,2,3\n", "1,,2\n1,2,3\n", "1,inf,2\n"] {
        assert!(
            parse(text.as_bytes(), Path::new("FILE")).is_err(),
            "{text:?}"
        );
    }
}

#[test]
fn the_label_is_the_last_field() {
    let data = read("1,2,3\n4,5,6\n");
    assert_eq!(data.labels(), [3.0, 6.0]);
    let rows = Dense::new(2, vec![1.0, 2.0, 4.0, 5.0]);
    assert_eq!(data.rows(), &rows.into());
}

#[test]
fn a_header_spaces_quotes_and_carriage_returns_make_no_difference() {
    let plain = read("1,2,3\n4,5,6\n");
    assert_eq!(read("a,b,c\r\n 1, 2 ,3\r\n\r\n  \r\n\"4\",5,6"), plain);
    assert_eq!(read("\u{feff}1,2,3\n4,5,6\n"), plain);
}

#[test]
fn errors_name_the_line_and_the_field() {
    let cases = [
        (
            "a,b\n1,2\nx,2",
            "FILE:3:1: value \"x\", expected a finite number",
        ),
        ("1,2\n1,", "FILE:2:2: label \"\", expected a finite number"),
        (
            "1,2\nnan,2",
            "FILE:2:1: value \"nan\", expected a finite number",
        ),
        (
            "1,2\n1,2,3",
            "FILE:2:3: 3 fields, expected 2 as in the first record",
        ),
        (
            "a,b,c\n1,2",
            "FILE:2:3: 2 fields, expected 3 as in the first record",
        ),
        (
            "1\n2\n",
            "FILE:1:1: one field, expected features and a label with commas, semicolons or tabs between them",
        ),
        (
            "1,1e-400,2",
            "FILE:1:2: value \"1e-400\", expected 0 or a number of at least 5e-324",
        ),
        ("a,b\n", "FILE: no rows"),
        ("", "FILE: no rows"),
    ];
    for (text, message) in cases {
        assert_eq!(refuse(text), message, "for {text:?}");
    }
}

#[test]
fn commas_semicolons_and_tabs_separate() {
    let plain = read("1,2,3\n4,5,6\n");
    assert_eq!(read("1;2;3\n4;5;6\n"), plain);
    assert_eq!(read("a\tb\tc\n1\t2\t3\n4\t5\t6"), plain);
    let quoted = read("\"a;b\",c\n1,2\n");
    assert_eq!(quoted.labels(), [2.0]);
    let remarks = |text: &str| read_as(text, "", "").remarks();
    assert_eq!(remarks("1,2\n"), "");
    assert_eq!(remarks("1;2\n"), " (separated by semicolons)");
    assert_eq!(
        remarks("a\tb\n1\t2\n"),
        " (separated by tabs, with a header)"
    );
    // A decimal comma is no separator, and no number either.
    let message = refuse("1,5;2\n2,5;3\n");
    assert_eq!(message, "FILE:1:1: value \"1,5\", expected a finite number");
}

#[test]
fn the_label_is_in_any_column() {
    let text = "a,b,c\n1,2,3\n4,5,6\n";
    for (label, labels) in [
        ("first", [1.0, 4.0]),
        ("1", [1.0, 4.0]),
        ("b", [2.0, 5.0]),
        ("2", [2.0, 5.0]),
        ("last", [3.0, 6.0]),
        ("3", [3.0, 6.0]),
    ] {
        let loaded = read_as(text, label, "");
        assert_eq!(loaded.data.labels(), labels, "{label}");
        assert_eq!(loaded.data.n_features(), 2);
    }
    let loaded = read_as(text, "b", "");
    let rows = Dense::new(2, vec![1.0, 3.0, 4.0, 6.0]);
    assert_eq!(loaded.data.rows(), &rows.into());
    assert_eq!(loaded.remarks(), " (with a header, label in column 2 `b`)");
    assert_eq!(
        read_as("1,2\n", "first", "").remarks(),
        " (label in column 1)"
    );
    assert_eq!(loaded.place_of_label(1).to_string(), "FILE:3:2");
    let refused = [
        (
            "4",
            "",
            "--label 4: the data has 3 columns; give 1 to 3, first, last or a name of the header",
        ),
        (
            "speces",
            "",
            "--label speces: the first row of FILE has no such name; did you mean `species`?",
        ),
        (
            "zzz",
            "",
            "--label zzz: the first row of FILE has no such name; give one of its names, a number from 1, first or last",
        ),
        (
            "c",
            "",
            "--label c: the header has it twice; give the number of the column",
        ),
        (
            "species",
            "no",
            "--label species: a name needs a header, and --header no says that there is none; give a number from 1, first or last",
        ),
    ];
    for (label, header, message) in refused {
        let said = refuse_as("c,species,c\n1,2,3\n", label, header);
        assert_eq!(said, message);
    }
}

#[test]
fn a_first_row_without_a_number_is_a_header_and_one_with_both_is_refused() {
    let labels = |text: &str, header: &str| read_as(text, "", header).data.labels().to_vec();
    assert_eq!(labels("a,b\n1,2\n", ""), [2.0]);
    // As pandas writes an index.
    assert_eq!(labels(",a,b\n0,1,2\n", ""), [2.0]);
    assert_eq!(labels("0,1\n3,4\n", ""), [1.0, 4.0]);
    assert_eq!(labels("0,1\n3,4\n", "yes"), [4.0]);
    let both = "FILE:1:3: \"y\" above a number is of a header, but \"1\" beside it is none; give --header yes or --header no";
    assert_eq!(refuse_as("1,2,y\n1,2,3\n", "", ""), both);
    assert_eq!(labels("1,2,y\n1,2,3\n", "yes"), [3.0]);
    let feature = refuse_as("1,x,3\n1,2,3\n", "", "");
    assert!(
        feature.starts_with("FILE:1:2: \"x\" above a number"),
        "{feature}"
    );
    let feature = refuse_as("1,x,3\n1,2,3\n", "", "no");
    assert_eq!(feature, "FILE:1:2: value \"x\", expected a finite number");
    let class = refuse_as("1,2,y\n1,2,3\n", "", "no");
    assert_eq!(
        class,
        "FILE:2:3: label \"3\", expected text, as the label of the first row"
    );
}

#[test]
fn labels_that_are_text_are_classes_in_their_order() {
    let loaded = read_as(
        "5.1,3.5,setosa\n4,3,virginica\n6,2,iris\n1,1,setosa\n",
        "",
        "",
    );
    assert_eq!(loaded.data.labels(), [1.0, 2.0, 0.0, 1.0]);
    assert_eq!(loaded.classes, [0.0, 1.0, 2.0]);
    assert_eq!(loaded.names, ["iris", "setosa", "virginica"]);
    assert_eq!(
        loaded.remarks(),
        " (classes 0 = iris, 1 = setosa, 2 = virginica)"
    );
    let first = read_as("M,1\nB,2\n", "first", "");
    assert_eq!(
        (first.data.labels(), first.names.len()),
        (&[1.0, 0.0][..], 2)
    );
    assert_eq!(read("1,True\n2,False\n").labels(), [1.0, 0.0]);
    let many: String = ('a'..='g').map(|name| format!("1,{name}\n")).collect();
    assert_eq!(
        read_as(&many, "", "").remarks(),
        " (7 classes: a, b, c, d, e, …)"
    );
    assert_eq!(
        refuse("1,a\n2,\n"),
        "FILE:2:2: label \"\", expected text, as the label of the first row"
    );
    assert_eq!(
        refuse("1,2\n2,a\n"),
        "FILE:2:2: label \"a\", expected a finite number"
    );
}

#[test]
fn another_column_that_is_called_as_labels_are_is_noticed() {
    let other = |text: &str, label: &str| read_as(text, label, "").doubts.pop();
    let (taken, other_one) = ("b".to_owned(), "Class".to_owned());
    let expected = Doubt::OtherLabel {
        taken,
        other: other_one,
    };
    assert_eq!(other("Class,a,b\n1,2,3\n", ""), Some(expected));
    assert_eq!(other("class,a,b\n1,2,3\n", "last"), None);
    assert_eq!(other("class,a,y\n1,2,3\n", ""), None);
    assert_eq!(other("a,b\n1,2\n", ""), None);
    assert_eq!(other("1,2\n1,2\n", ""), None);
}

#[test]
fn an_index_that_pandas_or_r_wrote_is_noticed() {
    let doubts = |text: &str, label: &str| read_as(text, label, "").doubts;
    for name in ["", "Unnamed: 0"] {
        let counted = |from| {
            let name = name.to_owned();
            vec![Doubt::CountedRows { name, from }]
        };
        let text = |rows: &str| format!("{name},a,b\n{rows}");
        assert_eq!(doubts(&text("0,7,3\n1,2,3\n2,4,1\n"), ""), counted(0));
        assert_eq!(doubts(&text("1,7,3\n2,2,3\n"), ""), counted(1));
        // It begins at 0 or 1, leaves none out, and is no label.
        assert_eq!(doubts(&text("2,7,3\n3,2,3\n"), ""), []);
        assert_eq!(doubts(&text("0,7,3\n2,2,3\n"), ""), []);
        assert_eq!(doubts(&text("0,7,3\n1,2,3\n"), "first"), []);
    }
    assert_eq!(doubts("day,a,b\n0,7,3\n1,2,3\n", ""), []);
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(bytes: Vec<u8>, text in "[-+0-9,. \"\r\nex]{0,200}") {
        let _ = parse(&bytes, Path::new("FILE"));
        let _ = parse(text.as_bytes(), Path::new("FILE"));
    }
}
