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
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor();
    if !(-3.0..6.0).contains(&magnitude) {
        let (mantissa, exponent) = split(&format!("{value:.2e}"));
        return match mantissa.as_str() {
            "1" => format!("10{}", superscript(&exponent)),
            _ => format!("{mantissa}·10{}", superscript(&exponent)),
        };
    }
    let decimals = (3.0 - magnitude).clamp(0.0, 6.0) as usize;
    trim(&format!("{value:.decimals$}"))
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
