//! The plotting library's primitives, as they are used here.

use kuva::render::color::Color;
use kuva::render::render::{Primitive, TextAnchor};

/// A filled rectangle: left, top, width and height.
pub(super) fn rect([x, y, width, height]: [f64; 4], fill: Color) -> Primitive {
    Primitive::Rect {
        x,
        y,
        width,
        height,
        fill,
        stroke: None,
        stroke_width: None,
        opacity: None,
    }
}

/// Text in a size, at a point.
pub(super) fn text(
    [x, y]: [f64; 2],
    content: String,
    size: u32,
    anchor: TextAnchor,
    color: Color,
) -> Primitive {
    Primitive::Text {
        x,
        y,
        content,
        size,
        anchor,
        rotate: None,
        bold: false,
        color: Some(color),
    }
}

/// The beginning of a group: with a title, or with attributes for the page's script.
pub(super) fn group(title: Option<String>, extra_attrs: Option<String>) -> Primitive {
    Primitive::GroupStart {
        transform: None,
        title,
        extra_attrs,
    }
}
