//! Enums whose values have a word on the wire.

/// Makes an enum of values and their words: `as_str` gives a value's word, `ALL` lists the
/// values in their order.
macro_rules! words {
    ($(#[$outer:meta])* $visibility:vis enum $name:ident {
        $($(#[$inner:meta])* $value:ident = $word:literal,)+
    }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        $visibility enum $name {
            $($(#[$inner])* $value,)+
        }

        #[allow(dead_code, reason = "not every one of these enums is listed")]
        impl $name {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$value,)+];

            pub(crate) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }
        }
    };
}

pub(crate) use words;
