//! Classes of logged requests: the request kinds of the model, a group of kinds that the path does
//! not distinguish, and requests outside the model.

use crate::terms::RequestKind;

/// Class of a logged request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A request kind of the model.
    Kind(RequestKind),
    /// A message to the management point, whose kind is in the body and therefore not in the log.
    Messages,
    /// A request that the model does not contain, such as a request of a console or of another
    /// server.
    OutsideModel,
    /// A request that no rule matches.
    Unclassified,
}

/// Contents of the class [`Class::Messages`].
pub(super) const MESSAGES: &str = "policy polls, registrations, content locations, heartbeat and \
    inventory records, state and status messages; all are sent to the same path, so the logs do \
    not distinguish them";

impl Class {
    /// Number of classes.
    pub const COUNT: usize = RequestKind::ALL.len() + 3;

    /// Returns all classes in order of their indices.
    pub fn all() -> impl Iterator<Item = Class> {
        let kinds = RequestKind::ALL.into_iter().map(Class::Kind);
        kinds.chain([Class::Messages, Class::OutsideModel, Class::Unclassified])
    }

    /// Returns the position of the class in [`Class::all`].
    pub const fn index(self) -> usize {
        match self {
            Class::Kind(kind) => kind as usize,
            Class::Messages => RequestKind::ALL.len(),
            Class::OutsideModel => RequestKind::ALL.len() + 1,
            Class::Unclassified => RequestKind::ALL.len() + 2,
        }
    }

    /// Returns the class at a position of [`Class::all`]; unclassified for other positions.
    pub fn of_index(index: usize) -> Class {
        match RequestKind::ALL.get(index) {
            Some(kind) => Class::Kind(*kind),
            None if index == Class::Messages.index() => Class::Messages,
            None if index == Class::OutsideModel.index() => Class::OutsideModel,
            None => Class::Unclassified,
        }
    }

    /// Returns the name in rules, tables and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Class::Kind(kind) => kind.name(),
            Class::Messages => "messages",
            Class::OutsideModel => "outside_model",
            Class::Unclassified => "unclassified",
        }
    }

    /// Returns the class that a rule may name; `None` for other names.
    pub fn of_rule(name: &str) -> Option<Class> {
        Class::all().find(|one| one.name() == name && *one != Class::Unclassified)
    }

    /// Returns whether the class counts as classified.
    pub const fn is_classified(self) -> bool {
        !matches!(self, Class::Unclassified)
    }

    /// Returns what the class contains, if its name does not state it; otherwise an empty text.
    pub const fn contents(self) -> &'static str {
        match self {
            Class::Kind(_) => "",
            Class::Messages => MESSAGES,
            Class::OutsideModel => {
                "requests of consoles, other servers and installations, which the model does not \
                 contain"
            }
            Class::Unclassified => "requests that no rule matches",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_follow_the_order_of_all_classes() {
        let indices: Vec<usize> = Class::all().map(Class::index).collect();
        assert_eq!(indices, (0..Class::COUNT).collect::<Vec<_>>());
        assert!(Class::all().all(|class| Class::of_index(class.index()) == class));
        assert_eq!(Class::of_rule("policy_body"), Some(Class::Kind(RequestKind::PolicyBody)));
        assert_eq!(Class::of_rule("unclassified"), None);
    }
}
