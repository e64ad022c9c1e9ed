//! A live server: a real one over HTTP, that answers range queries from the sample book's recording, or badly.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test fails by panicking")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::{json, run, sample_book};

/// A server on a port of its own; `answer` makes the status line and the body for a request's target.
struct Server {
    url: String,
    requests: Arc<AtomicUsize>,
}

/// What a server says to a target, by the number of the request; nothing when it never answers.
type Answer = dyn Fn(&str, usize) -> Option<(u16, String)>;

fn serve(answer: impl Fn(&str, usize) -> Option<(u16, String)> + Send + Sync + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let (count, answer) = (Arc::clone(&requests), Arc::new(answer));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (count, answer) = (Arc::clone(&count), Arc::clone(&answer));
            std::thread::spawn(move || reply(stream, &count, answer.as_ref()));
        }
    });
    Server { url, requests }
}

fn reply(mut stream: TcpStream, count: &AtomicUsize, answer: &Answer) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let _headers: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
    match answer(&target, count.fetch_add(1, Ordering::SeqCst)) {
        Some((status, body)) => {
            let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
        }
        // Never: the client has to give up.
        None => std::thread::sleep(Duration::from_secs(60)),
    }
}

/// The value of a parameter of a target, percent signs undone.
fn parameter(target: &str, name: &str) -> String {
    let text = target.split(['?', '&']).find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap_or_default();
    let mut bytes = text.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                plain.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            }
            b'+' => plain.push(b' '),
            byte => plain.push(byte),
        }
    }
    String::from_utf8(plain).unwrap()
}

/// The part of the recording that a range query asks for; more points than Prometheus gives are refused as by it.
fn recorded(target: &str) -> (u16, String) {
    let query = parameter(target, "query");
    let file = [("http_requests", "requests"), ("http_request_", "latency"), ("catalog_", "freshness")];
    let file = file.iter().find(|(start, _)| query.starts_with(start)).unwrap().1;
    let text = std::fs::read_to_string(sample_book().join(format!("metrics/{file}.json"))).unwrap();
    let number = |name: &str| parameter(target, name).trim_end_matches("ms").parse::<f64>().unwrap();
    let (start, end, step) = (number("start"), number("end"), number("step") / 1_000.0);
    if (end - start) / step > 11_000.0 {
        let error = "exceeded maximum resolution of 11,000 points per timeseries";
        return (400, format!("{{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"{error}\"}}"));
    }
    let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
    for series in document["data"]["result"].as_array_mut().unwrap() {
        let values = series["values"].as_array_mut().unwrap();
        values.retain(|pair| (start..=end).contains(&pair[0].as_f64().unwrap()));
    }
    (200, document.to_string())
}

#[test]
fn a_live_server_gives_what_its_saved_answers_give() {
    let server = serve(|target, _| Some(recorded(target)));
    let book = sample_book();
    let book = book.to_str().unwrap();
    let saved = json(&["slo", "status", book], 0);
    let now = saved["now"].as_str().unwrap();
    let live = json(&["slo", "status", book, "--prometheus", &server.url, "--now", now], 0);
    assert_eq!(live, saved);
    // A day of 5 seconds is 17,281 points: two requests a query.
    assert!(server.requests.load(Ordering::SeqCst) > 20);
}

fn refused(server: &Server, more: &[&str]) -> String {
    let book = sample_book();
    let arguments = [&["slo", "status", book.to_str().unwrap(), "--prometheus", &server.url], more].concat();
    let run = run(&arguments);
    assert_eq!(run.code, 2, "{}", run.out);
    run.err.replace("\n  │ ", " ")
}

#[test]
fn a_server_that_fails_is_asked_three_times_and_quoted() {
    let server = serve(|_, _| Some((503, "  overloaded, try later\n".to_owned())));
    let text = refused(&server, &[]);
    assert!(text.contains("answered 503") && text.contains("overloaded, try later"), "{text}");
    assert_eq!(server.requests.load(Ordering::SeqCst), 3);
}

#[test]
fn a_server_that_fails_once_is_forgiven() {
    let server = serve(|target, number| Some(if number == 0 { (500, String::new()) } else { recorded(target) }));
    let book = sample_book();
    let saved = json(&["slo", "status", book.to_str().unwrap()], 0);
    let arguments =
        ["slo", "status", book.to_str().unwrap(), "--prometheus", &server.url, "--now", saved["now"].as_str().unwrap()];
    assert_eq!(json(&arguments, 0), saved);
}

#[test]
fn a_request_that_is_wrong_is_not_repeated() {
    let server = serve(|_, _| Some((400, "{\"status\":\"error\",\"error\":\"parse error\"}".to_owned())));
    assert!(refused(&server, &[]).contains("answered 400"));
    assert_eq!(server.requests.load(Ordering::SeqCst), 1);
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let server = serve(|_, _| None);
    let before = std::time::Instant::now();
    let text = refused(&server, &["--timeout", "1s"]);
    assert!(text.contains("does not answer: timeout"), "{text}");
    assert!(before.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_server_that_is_no_prometheus_or_not_there() {
    let garbage = serve(|_, _| Some((200, "<html>hello</html>".to_owned())));
    let text = refused(&garbage, &[]);
    assert!(text.contains("/api/v1/query_range:1: expected value"), "{text}");
    let absent = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let absent = Server { url: format!("http://{absent}"), requests: Arc::default() };
    let text = refused(&absent, &[]);
    assert!(text.contains("Connection refused") && text.contains("is it a Prometheus server"), "{text}");
    let wrong = Server { url: "not a url".to_owned(), requests: Arc::default() };
    refused(&wrong, &[]);
}

#[test]
fn a_server_without_the_series_says_what_was_asked_for() {
    let empty = "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}";
    let server = serve(move |_, _| Some((200, empty.to_owned())));
    let text = refused(&server, &[]);
    assert!(text.contains("no samples of any objective's series"), "{text}");
}
