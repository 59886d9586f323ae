//! A log of a site in memory, with the mix of requests, lengths of rows and number of clients of a
//! management point and software update point (all assumed).

/// Number of clients in the log.
const CLIENTS: u64 = 20_000;

/// Methods, paths, queries and ports; a request is drawn with equal probability.
const REQUESTS: [(&str, &str, &str, u32); 8] = [
    ("CCM_POST", "/ccm_system/request", "-", 443),
    ("CCM_POST", "/ccm_system/request", "-", 443),
    ("CCM_POST", "/ccm_system_windowsauth/request", "-", 443),
    (
        "GET",
        "/SMS_MP/.sms_pol",
        "{6f2a}.SHA256:0EE489DB3036BE80BB43676340249A254278BEBDDD80B600",
        443,
    ),
    ("GET", "/SMS_MP/.sms_aut", "MPLIST2&CM1", 443),
    ("POST", "/CCM_STS", "-", 443),
    ("POST", "/ClientWebService/client.asmx", "-", 8531),
    ("POST", "/bgb/handler.ashx", "RequestType=Continue", 443),
];

/// Returns a log of at least `bytes` bytes.
pub fn log(bytes: usize) -> Vec<u8> {
    let mut text = String::with_capacity(bytes + 1024);
    text.push_str(
        "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Fields: date \
         time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) \
         cs(Referer) sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken\r\n",
    );
    let mut state = 1_u64;
    let mut number = 0_u64;
    while text.len() < bytes {
        // Linear congruential generator (Knuth, MMIX).
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let random = state >> 33;
        let second = number / 200;
        let (day, hour, minute, second) =
            (1 + second / 86_400 % 28, second / 3600 % 24, second / 60 % 60, second % 60);
        let (method, path, query, port) = REQUESTS[random as usize % REQUESTS.len()];
        let client = random / 8 % CLIENTS;
        let (third, fourth) = (client / 250, client % 250);
        text.push_str(&format!(
            "2026-11-{day:02} {hour:02}:{minute:02}:{second:02} 192.168.2.12 {method} {path} {query} \
             {port} - 10.1.{third}.{fourth} ccmhttp - 200 0 0 {} {} {}\r\n",
            random % 9000,
            random % 3000,
            random % 500
        ));
        number += 1;
    }
    text.into_bytes()
}
