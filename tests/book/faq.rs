//! Checks that the FAQ page of the book covers the questions of Microsoft's FAQ.

use super::markdown::Page;
use super::root;

/// Questions of cloud-management-gateway-faq.yml (12/04/2024) and of its older versions
/// (09/10/2018, 07/05/2019, 03/28/2022), in order. Each question has words that the heading in the
/// book must contain.
const QUESTIONS: [(&str, &str); 13] = [
    ("Do I need any certificates?", "certificates do we need"),
    ("Do I need Azure ExpressRoute?", "ExpressRoute"),
    ("Do I need to maintain or secure the Azure virtual machines?", "maintain or secure"),
    ("Do I need to update the Virtual machine if the image is deprecated?", "image is deprecated"),
    ("How can I ensure service continuity during service updates?", "while Azure updates it"),
    ("I'm already using IBCM. If I add CMG, how do clients behave?", "internet-based client"),
    ("Do the user accounts have to be in the same Microsoft Entra tenant?", "tenant"),
    ("How does CMG affect my clients connected via VPN?", "VPN clients"),
    ("How does the configuration of the management point affect internal clients?", "intranet use"),
    ("What are the differences with client authentication?", "Microsoft Entra and certificates"),
    ("Should I use a virtual machine scale set deployment?", "Scale set"),
    ("Does a content-enabled CMG use Azure CDN?", "content delivery network"),
    ("Azure AD Graph API and Azure AD Authentication Library (ADAL)?", "Azure AD Graph and ADAL"),
];

#[test]
fn every_question_of_the_faq_has_an_answer_that_begins_with_a_verdict() {
    let page = Page::read(root(), "docs/faq.md".to_owned());
    let sections: Vec<(&str, &str)> =
        page.text.split("\n## ").skip(1).filter_map(|section| section.split_once('\n')).collect();
    let mut after = 0;
    for (question, words) in QUESTIONS {
        let found = sections.iter().position(|(heading, _)| heading.contains(words));
        let place = found.unwrap_or_else(|| panic!("no answer to {question}"));
        assert!(place >= after, "out of order: {question}");
        after = place;
        let (heading, answer) = sections[place];
        let answer = answer.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            answer.trim_start().starts_with("**"),
            "{heading}: the answer must begin with a verdict in bold"
        );
        assert!(answer.contains("FAQ of "), "{heading}: name the version of the FAQ");
        assert!(
            answer.contains("*Simulated:*"),
            "{heading}: state what a simulation shows, or that no simulation applies"
        );
    }
}
