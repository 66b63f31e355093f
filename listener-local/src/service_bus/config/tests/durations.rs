use std::time::Duration;

use crate::service_bus::config::{DurationError, parse_duration};

#[test]
fn durations_are_read_as_dot_net_reads_them() {
    for (text, seconds) in [
        ("PT1M", 60),
        ("PT5S", 5),
        ("PT1H", 3_600),
        ("P1D", 86_400),
        ("P1DT1H1M1S", 90_061),
        ("P1Y2M", 425 * 86_400),
        ("PT90M", 5_400),
        ("PT0S", 0),
    ] {
        assert_eq!(
            parse_duration(text),
            Ok(Duration::from_secs(seconds)),
            "{text}"
        );
    }
    assert_eq!(parse_duration("PT0.25S"), Ok(Duration::from_millis(250)));
    let longest = parse_duration("P10675199DT2H48M5.4775807S").expect("the longest of .NET");
    assert_eq!(longest.subsec_nanos(), 477_580_700);
}

#[test]
fn other_texts_are_no_durations() {
    for text in [
        "",
        "P",
        "PT",
        "P1DT",
        "1M",
        "PT1",
        "PT1X",
        "PT1S1M",
        "P1S",
        "PT1.5M",
        "PT.S",
        "PT1.S",
        "PT-1S",
        "pt1m",
        "P99999999999999999999D",
        "PT18446744073709551615M",
        "P1D ",
        "PTé",
    ] {
        assert_eq!(parse_duration(text), Err(DurationError), "{text}");
    }
}
