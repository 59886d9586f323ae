//! Microsoft Entra tenants: a gateway serves clients of onboarded tenants and refuses all others.

use cmgsim::RunResult;

use crate::common::simulate_text;

/// Simulates three hours of two tenants with 200 clients each, which poll for policy every hour.
fn two_tenants(locations: &str, second_is_onboarded: bool) -> RunResult {
    let cohort = |name: &str, keys: &str| {
        format!(
            "[cohort.{name}]\nclients = 200\npresence = \"always-on\"\n\
             locations = {{ {locations} = \"100%\" }}\npolicy_poll.interval = \"60min\"\n\
             location.interval = \"off\"\nheartbeat.interval = \"off\"\n\
             hardware_inventory.interval = \"off\"\nsoftware_inventory.interval = \"off\"\n\
             state_message.interval = \"off\"\nnew_policy_share = \"0%\"\n{keys}\n"
        )
    };
    let text = format!(
        "schema = 1\nduration = \"3h\"\nwarm_up = \"1h\"\n[gateway.main]\n[connection_point.cp]\n\
         [management_point.mp]\n{}{}",
        cohort("first", ""),
        cohort("second", &format!("token.onboarded = {second_is_onboarded}")),
    );
    simulate_text(&text, Vec::new(), 1).remove(0)
}

/// Published: a gateway serves every onboarded tenant; other tenants do not
/// receive the properties that a token needs (cloud-management-gateway-faq.yml,
/// 12/04/2024; azure-ccmsetup.md, 02/16/2022).
#[test]
fn a_tenant_that_is_not_onboarded_cannot_authenticate() {
    let both = two_tenants("internet", true);
    assert_eq!(both.requests.failed_attempts, 0);
    let one = two_tenants("internet", false);
    let of = |result: &RunResult, name: &str| {
        let origin = result.origins.iter().find(|origin| origin.name == name).expect("a cohort");
        (origin.requests.completed, origin.requests.failed_attempts)
    };
    assert_eq!(of(&one, "first"), of(&both, "first"), "the first tenant must be unaffected");
    let (completed, failed) = of(&one, "second");
    assert_eq!(completed, 0, "no request may be completed");
    assert!(failed >= 600, "at least three polls per client must fail: {failed}");
    let causes = one.failures.iter().filter(|one| one.attempts > 0);
    let causes: Vec<&str> = causes.map(|one| one.cause.name()).collect();
    assert_eq!(causes, ["unauthorised"], "the gateway must refuse these clients itself");
}

/// Intranet clients do not authenticate at a gateway, so the tenant need not be onboarded.
#[test]
fn intranet_clients_of_the_tenant_are_unaffected() {
    let result = two_tenants("intranet", false);
    assert_eq!((result.requests.completed, result.requests.failed_attempts), (1200, 0));
}
