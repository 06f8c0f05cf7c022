//! The value of a parameter.

use std::time::Duration;

macro_rules! values {
    ($($(#[$meta:meta])* $sort:ident($type:ty),)+) => {
        /// The value of a parameter.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Value {
            $($(#[$meta])* $sort($type),)+
        }

        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$sort(value)
            }
        }

        impl TryFrom<Value> for $type {
            type Error = Value;

            fn try_from(value: Value) -> Result<Self, Value> {
                match value {
                    Value::$sort(value) => Ok(value),
                    other => Err(other),
                }
            }
        })+
    };
}

values! {
    /// A real number.
    Real(f64),
    /// Real numbers.
    Reals(Vec<f64>),
    /// A whole number.
    Count(u64),
    /// A time.
    Time(Duration),
    /// A word, one of a few.
    Word(&'static str),
}
