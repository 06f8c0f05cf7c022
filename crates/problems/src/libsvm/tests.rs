use proptest::prelude::*;

use super::*;
use crate::rows::Rows;

fn read(text: &str) -> Dataset {
    parse(text.as_bytes(), Path::new("FILE")).unwrap()
}

fn refuse(text: &str) -> String {
    parse(text.as_bytes(), Path::new("FILE"))
        .unwrap_err()
        .to_string()
}

fn csr(n_columns: usize, starts: &[usize], columns: &[u32], values: &[f64]) -> Rows<f64> {
    Csr::new(
        n_columns,
        starts.to_vec(),
        columns.to_vec(),
        values.to_vec(),
    )
    .unwrap()
    .into()
}

#[test]
fn indices_count_from_1_and_rows_may_be_empty() {
    let data = read("-1 2:0.5 4:1e-3\n+1\n1 1:-3\n");
    assert_eq!(data.labels(), [-1.0, 1.0, 1.0]);
    let rows = csr(4, &[0, 2, 2, 3], &[1, 3, 0], &[0.5, 1e-3, -3.0]);
    assert_eq!(data.rows(), &rows);
}

#[test]
fn blank_lines_comments_and_carriage_returns_are_skipped() {
    let plain = read("1 1:2\n2 2:3\n");
    let text = "# head\r\n\r\n1 1:2 # why\r\n   \r\n\t2\t2:3#no space\r\n#1 9:9\n";
    assert_eq!(read(text), plain);
    assert_eq!(read("\u{feff}1 1:2\n2 2:3"), plain);
}

#[test]
fn labels_stay_what_was_written() {
    assert_eq!(read("0 1:1\n1 1:1").labels(), [0.0, 1.0]);
    assert_eq!(read("1 1:1\n2 1:1").labels(), [1.0, 2.0]);
    assert_eq!(read("-0 1:1\n7.5 1:1").labels(), [0.0, 7.5]);
    assert!(read("-0 1:1").labels()[0].is_sign_positive());
}

#[test]
fn errors_name_the_line_and_the_column() {
    let cases = [
        (
            "1 1:1\nx 1:1",
            "FILE:2:1: label \"x\", expected a finite number",
        ),
        (
            "nan 1:1",
            "FILE:1:1: label \"nan\", expected a finite number",
        ),
        ("1 2", "FILE:1:3: feature \"2\", expected index:value"),
        (
            "\n1 0:1",
            "FILE:2:3: index 0, and indices count from 1; where they count from 0, give index-base 0",
        ),
        (
            "1 -1:1",
            "FILE:1:3: index \"-1\", expected a whole number from 1 to 100000000",
        ),
        (
            "1 4294967296:1",
            "FILE:1:3: index \"4294967296\", expected a whole number from 1 to 100000000",
        ),
        (
            "1 :1",
            "FILE:1:3: index \"\", expected a whole number from 1 to 100000000",
        ),
        (
            "1 3:1 3:2",
            "FILE:1:7: index 3 after 3, expected increasing indices",
        ),
        (
            "1 3:1  2:2",
            "FILE:1:8: index 2 after 3, expected increasing indices",
        ),
        (
            "1 13:inf",
            "FILE:1:6: value \"inf\", expected a finite number",
        ),
        (
            "1 1:1e999",
            "FILE:1:5: value \"1e999\", expected a finite number",
        ),
        ("1 1:", "FILE:1:5: value \"\", expected a finite number"),
        ("1 1: 2", "FILE:1:5: value \"\", expected a finite number"),
        (
            "1 1:2:3",
            "FILE:1:5: value \"2:3\", expected a finite number",
        ),
        ("", "FILE: no rows"),
        ("# only this\n\n", "FILE: no rows"),
        ("1\n-1\n", "FILE: no row has a feature"),
    ];
    for (text, message) in cases {
        assert_eq!(refuse(text), message, "for {text:?}");
    }
}

fn from_zero(text: &str) -> Result<Loaded, String> {
    let reading = Reading {
        index_base: Some(IndexBase::Zero),
        ..Reading::default()
    };
    let loaded = super::read(text.as_bytes(), Path::new("FILE"), &reading);
    loaded.map_err(|error| error.to_string())
}

#[test]
fn indices_count_from_0_where_that_is_said() {
    let loaded = from_zero("1 0:5 2:6\n").unwrap();
    assert_eq!(loaded.data.rows(), &csr(3, &[0, 2], &[0, 2], &[5.0, 6.0]));
    assert_eq!(loaded.remarks(), " (indices from 0)");
    let refuse = |text| from_zero(text).unwrap_err();
    assert_eq!(
        refuse("1 0:5 0:6\n"),
        "FILE:1:7: index 0 after 0, expected increasing indices"
    );
    assert!(refuse("1 100000000:1").starts_with("FILE:1:3: index \"100000000\", expected"));
    assert_eq!(
        from_zero("1 99999999:1").unwrap().data.n_features(),
        100_000_000
    );
}

#[test]
fn the_number_of_a_query_is_skipped_and_counted() {
    let text = b"1 qid:7 1:2\n2 2:3\n3 qid:8\n";
    let loaded = super::read(text, Path::new("FILE"), &Reading::default()).unwrap();
    assert_eq!(loaded.data, read("1 1:2\n2 2:3\n3\n"));
    assert_eq!(loaded.remarks(), " (qid in 2 rows skipped)");
    for (text, message) in [
        ("1 qid:x 1:2", "FILE:1:3: query \"qid:x\", expected qid:N"),
        (
            "1 1:2 qid:1",
            "FILE:1:7: index \"qid\", expected a whole number from 1 to 100000000",
        ),
    ] {
        assert_eq!(refuse(text), message);
    }
}

#[test]
fn a_long_word_is_cut_short_in_the_message() {
    let message = refuse(&"é".repeat(5000));
    assert!(message.len() < 200, "{message}");
}

#[test]
fn a_missing_file_is_named() {
    let message = load(Path::new("no/such/file")).unwrap_err().to_string();
    assert!(
        message.starts_with("cannot read no/such/file: "),
        "{message}"
    );
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(bytes: Vec<u8>) {
        let _ = parse(&bytes, Path::new("FILE"));
    }

    #[test]
    fn almost_right_text_does_not_make_it_panic(text in "[-+0-9:. #\r\n\tex]{0,200}") {
        let _ = parse(text.as_bytes(), Path::new("FILE"));
    }

    #[test]
    fn what_was_written_is_what_is_read(
        rows in proptest::collection::vec(
            (any::<i32>(), proptest::collection::btree_map(1u32..50, -1e300..1e300, 1..8)), 1..20
        )
    ) {
        let mut text = String::new();
        for (label, features) in &rows {
            text += &label.to_string();
            for (index, value) in features {
                text += &format!(" {index}:{value:e}");
            }
            text.push('\n');
        }
        let data = read(&text);
        let Rows::Sparse(read) = data.rows() else { panic!("LIBSVM text is sparse") };
        for (row, (label, features)) in rows.iter().enumerate() {
            prop_assert_eq!(data.labels()[row], f64::from(*label));
            let found = crate::RowSet::row(read, row);
            let columns: Vec<u32> = features.keys().map(|index| index - 1).collect();
            let values: Vec<f64> = features.values().copied().collect();
            prop_assert_eq!(found.columns, &columns[..]);
            prop_assert_eq!(found.values, &values[..]);
        }
    }
}
