//! Generic functions that are compiled where they are written.

/// Compiles a function of one argument for `f32` and for `f64` in the crate that it is written in.
/// Otherwise it would be compiled, with all that it calls, in every program that calls it: slowly,
/// and with that program's settings.
#[macro_export]
macro_rules! compiled {
    (
        $(#[$attribute:meta])*
        $visibility:vis fn $name:ident<$T:ident>($input:ident: $In:ty) -> $Out:ty $body:block
    ) => {
        $(#[$attribute])*
        $visibility fn $name<$T: $crate::Scalar>($input: $In) -> $Out {
            struct Here;

            fn generic<$T: $crate::Scalar>($input: $In) -> $Out $body

            impl $crate::scalar::ForEach for Here {
                type In<$T: $crate::Scalar> = $In;
                type Out<$T: $crate::Scalar> = $Out;

                #[inline(never)]
                fn in_f32(input: Self::In<f32>) -> Self::Out<f32> {
                    generic(input)
                }

                #[inline(never)]
                fn in_f64(input: Self::In<f64>) -> Self::Out<f64> {
                    generic(input)
                }
            }

            <$T as $crate::Scalar>::choose::<Here>($input)
        }
    };
}
