//! `Debug` for types with parts that have none.

/// Implements `Debug` for a type, by those of its fields that can be shown:
/// `debug_fields!([T: Scalar] Run<T>: seed, end);`
#[macro_export]
macro_rules! debug_fields {
    ([$($generics:tt)*] $name:ident$(<$($of:tt),+>)?: $($field:ident),*) => {
        impl<$($generics)*> ::std::fmt::Debug for $name$(<$($of),+>)? {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                let mut shown = f.debug_struct(stringify!($name));
                $(shown.field(stringify!($field), &self.$field);)*
                shown.finish_non_exhaustive()
            }
        }
    };
}
