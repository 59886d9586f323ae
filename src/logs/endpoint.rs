//! Classes of endpoints: the names and paths under which a gateway and its connection points count
//! requests.

use super::class::Class;
use super::patterns::write_masked;
use super::rules::Rules;

impl Rules {
    /// Returns the class of an endpoint: a path such as `/CCM_Proxy_MutualAuth/1/CCM_STS`, with or
    /// without a query, or the name of an endpoint such as `CCM_STS` or `BGB`. A name stands for
    /// all requests below this path, so it is tried as a path, as a folder, and as a folder of
    /// messages. A name with several kinds of requests, such as `SMS_MP`, is unclassified.
    pub fn class_of_endpoint(&self, name: &[u8]) -> Class {
        let name = name.trim_ascii();
        let (path, query) = match memchr::memchr(b'?', name) {
            Some(at) => (&name[..at], &name[at + 1..]),
            None => (name, &name[..0]),
        };
        if path.is_empty() {
            return Class::Unclassified;
        }
        let classify = |path: &[u8]| self.class(&self.decide(b"", path, 0), query);
        if path.starts_with(b"/") {
            return classify(path);
        }
        let with = |ending: &[u8]| classify(&[b"/", path, ending].concat());
        let endings: [&[u8]; 3] = [b"", b"/", b"/request"];
        let classes = endings.into_iter().map(with);
        classes.into_iter().find(|class| class.is_classified()).unwrap_or(Class::Unclassified)
    }
}

/// Returns an endpoint for display. Segments that may contain the name of a client are masked.
pub fn masked_endpoint(name: &[u8]) -> String {
    let name = name.trim_ascii();
    let path = name.split(|byte| *byte == b'?').next().unwrap_or_default();
    let path = if path.starts_with(b"/") { path.to_vec() } else { [b"/", path].concat() };
    let mut masked = Vec::new();
    write_masked(&mut masked, &path, &[]);
    String::from_utf8_lossy(&masked).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::RequestKind;

    #[test]
    fn published_endpoints_have_classes() {
        let rules = Rules::builtin();
        for (name, class) in [
            ("CCM_STS", Class::Kind(RequestKind::TokenRenewal)),
            (
                "/CCM_PROXY_SERVERAUTH/72057594037937981/CCM_STS",
                Class::Kind(RequestKind::TokenRenewal),
            ),
            ("BGB", Class::Kind(RequestKind::KeepAlive)),
            ("/bgb/handler.ashx?RequestType=LogIn", Class::Kind(RequestKind::ChannelOpen)),
            ("/SMS_MP/.sms_aut?MPLIST", Class::Kind(RequestKind::Location)),
            ("CCM_System", Class::Messages),
            ("ClientWebService", Class::Kind(RequestKind::UpdateScan)),
            ("SMS_MP", Class::Unclassified),
            ("", Class::Unclassified),
        ] {
            assert_eq!(rules.class_of_endpoint(name.as_bytes()), class, "{name}");
        }
        assert_eq!(
            masked_endpoint(b"/CCM_Proxy_ServerAuth/721/PC-4711?u=x"),
            "/ccm_proxy_serverauth/*/*"
        );
        assert_eq!(masked_endpoint(b"SMS_MP"), "/sms_mp");
    }
}
