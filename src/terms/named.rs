//! Names of enums in files: read and written by their own `name`.

/// Implements reading, writing and the schema of an enum by the names that its `ALL` and `name`
/// give, so that a name in files is written down once.
macro_rules! serde_by_name {
    ($type:ty) => {
        impl $type {
            /// The one that has this name in files; `None` if none has.
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
                let names = Self::ALL.map(Self::name);
                schemars::json_schema!({ "type": "string", "enum": names })
            }
        }
    };
}

pub(super) use serde_by_name;
