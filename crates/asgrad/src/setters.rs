//! Setters: functions that take a value, change it and return it.

/// Makes a public setter of each function: its body changes `self`, which is returned.
macro_rules! setters {
    ($($(#[$meta:meta])* fn $name:ident($self:ident $(, $value:ident: $type:ty)*) $change:block)*) => {
        $($(#[$meta])*
        #[must_use]
        pub fn $name(mut $self $(, $value: $type)*) -> Self {
            $change;
            $self
        })*
    };
}

pub(crate) use setters;
