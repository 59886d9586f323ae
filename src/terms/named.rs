//! Macros for enums with a stable name for files and a label for display.

/// Implements serialisation and the JSON Schema of an enum from its `ALL` and `name`.
macro_rules! serde_by_name {
    ($type:ty) => {
        impl $type {
            /// Returns the value with this name in files; `None` if the name is unknown.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.name() == name)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let name = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                Self::from_name(&name).ok_or_else(|| {
                    let what = stringify!($type);
                    serde::de::Error::custom(format!("`{name}` is not a {what}"))
                })
            }
        }

        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let names = Self::ALL.map(Self::name).to_vec();
                schemars::json_schema!({ "type": "string", "enum": names })
            }
        }
    };
}

/// Declares an enum. Each variant has a name for files and optionally a different label for
/// display.
macro_rules! named_enum {
    (
        $(#[$about:meta])*
        $type:ident {
            $( $(#[$variant_about:meta])* $variant:ident: $name:expr $(, $label:expr)?; )*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $type {
            $( $(#[$variant_about])* $variant, )*
        }

        impl $type {
            /// All values, in order.
            pub const ALL: [$type; [$($name),*].len()] = [$($type::$variant),*];

            /// Returns the stable name in files.
            pub const fn name(self) -> &'static str {
                match self { $($type::$variant => $name,)* }
            }

            /// Returns the label for display.
            pub const fn label(self) -> &'static str {
                match self { $($type::$variant => named_enum!(@label $name $(, $label)?),)* }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.label())
            }
        }

        $crate::terms::named::serde_by_name!($type);
    };
    (@label $name:expr) => { $name };
    (@label $name:expr, $label:expr) => { $label };
}

pub(super) use {named_enum, serde_by_name};
