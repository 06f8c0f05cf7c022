//! Text for people, and for HTML.

use serde::Serialize;

/// Text as it may stand anywhere in HTML, SVG and their attributes. What is in a trace comes from somewhere else.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            // Not allowed in XML, not even escaped.
            '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {
                out.push('\u{fffd}');
            }
            other => out.push(other),
        }
    }
    out
}

/// A number as short as four digits allow.
pub(crate) fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.abs().to_string();
    }
    let magnitude = magnitude(value);
    if !(-3..6).contains(&magnitude) {
        let (mantissa, exponent) = split(&format!("{value:.2e}"));
        return match mantissa.as_str() {
            "1" => format!("10{}", superscript(&exponent)),
            _ => format!("{mantissa}·10{}", superscript(&exponent)),
        };
    }
    let decimals = usize::try_from(3 - magnitude).unwrap_or(0);
    trim(&format!("{value:.decimals$}"))
}

/// The power of ten of the first digit.
pub(crate) fn magnitude(value: f64) -> i32 {
    split(&format!("{value:e}")).1.parse().unwrap_or(0)
}

fn split(text: &str) -> (String, String) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    (trim(mantissa), exponent.to_owned())
}

fn trim(text: &str) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    }
}

fn superscript(exponent: &str) -> String {
    let raise = |character| match character {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '0' | '4'..='9' => {
            char::from_u32(0x2070 + u32::from(character) - u32::from('0')).unwrap_or(character)
        }
        other => other,
    };
    exponent.chars().map(raise).collect()
}

/// The beginning of a text that is longer than this many characters.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A value as JSON that may stand inside a script element.
pub(crate) fn script_json(value: &impl Serialize) -> Option<String> {
    let json = serde_json::to_string(value).ok()?;
    Some(json.replace('<', "\\u003c").replace("\u{2028}", "\\u2028"))
}

/// A name as it may stand in a file name and in an identifier of the page.
pub(crate) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for character in text.chars() {
        match character.to_ascii_lowercase() {
            kept @ ('a'..='z' | '0'..='9') => slug.push(kept),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(60);
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_escaped_can_end_a_text_an_attribute_or_a_script() {
        let hostile = "</script>\"'<b>&\0\u{1}";
        assert_eq!(
            escape(hostile),
            "&lt;/script&gt;&quot;&#39;&lt;b&gt;&amp;\u{fffd}\u{fffd}"
        );
        assert_eq!(escape("γ·∇f, ‖x‖"), "γ·∇f, ‖x‖");
        let json = script_json(&hostile).unwrap();
        assert!(!json.contains('<'), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), hostile);
    }

    #[test]
    fn numbers_are_short() {
        let known = [
            (0.0, "0"),
            (1.0, "1"),
            (-0.5, "-0.5"),
            (1234.5678, "1235"),
            (123_456.0, "123456"),
            (0.012_345_6, "0.01235"),
            (1e-4, "10⁻⁴"),
            (2.5e-7, "2.5·10⁻⁷"),
            (1e6, "10⁶"),
            (1e300, "10³⁰⁰"),
        ];
        for (value, expected) in known {
            assert_eq!(number(value), expected);
        }
        assert_eq!(number(f64::NAN), "NaN");
    }

    #[test]
    fn a_slug_is_a_file_name_whatever_the_method_is_called() {
        assert_eq!(slug("pure-waiting:b=3"), "pure-waiting-b-3");
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("<∇>"), "");
        assert!(slug(&"x".repeat(1000)).len() <= 60);
    }
}
