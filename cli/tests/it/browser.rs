//! The page of `conex show --html` in a real browser, without a screen.

use std::path::Path;
use std::process::Command;

use crate::environment::Environment;

const SIZE: (u32, u32) = (1200, 900);

/// Debian's Chromium, if it is there.
#[expect(clippy::print_stdout, reason = "a test says that it is skipped")]
fn chromium(test: &str) -> Option<&'static str> {
    let mut paths = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].into_iter();
    let found = paths.find(|path| Path::new(path).exists());
    if found.is_none() {
        println!("skipped: {test}: no chromium here");
    }
    found
}

fn run(browser: &str, environment: &Environment, more: &[&str]) -> Vec<u8> {
    let url = format!("file://{}", environment.path("plan.html").display());
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"])
        .arg(format!("--user-data-dir={}", environment.path("browser").display()))
        .arg(format!("--window-size={},{}", SIZE.0, SIZE.1))
        .args(more)
        .arg(url)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// A page with changes of every disruption that two containers can have.
fn page() -> Environment {
    let environment = Environment::applied();
    environment.edit("10.0.0.2", "10.0.0.3");
    environment.edit("services.nginx.enable = true;", "services.nginx.enable = false;");
    environment.edit("postgresql.enable", "mysql.enable");
    environment.run(&["start", "db", "--root", "host"]).success();
    environment.run(&["plan", "--root", "host", "--out", "plan.json"]).success();
    let html = environment.run(&["show", "plan.json", "--html"]).success().stdout;
    environment.write("plan.html", html);
    environment
}

#[test]
fn the_nodes_are_in_the_document_and_a_click_opens_a_change() {
    let test = "the_nodes_are_in_the_document_and_a_click_opens_a_change";
    let Some(browser) = chromium(test) else { return };
    let environment = page();
    let plan: serde_json::Value = serde_json::from_str(&environment.read("plan.json")).unwrap();
    let dom = String::from_utf8(run(browser, &environment, &["--dump-dom"])).unwrap();
    for change in plan["resource_changes"].as_array().unwrap() {
        let address = change["address"].as_str().unwrap();
        let disruption = change["change"]["disruption"].as_str().unwrap();
        let node = format!("data-address=\"{address}\" data-disruption=\"{disruption}\"");
        assert!(dom.contains(&node), "{node} is not in {dom}");
    }
    assert!(!dom.contains("<details id=\"change-0\" open"), "{dom}");

    // What the script does when a node is clicked, run in the browser.
    let html = environment.read("plan.html");
    let click = "<script>document.querySelector('a[href=\"#change-0\"]')\
                 .dispatchEvent(new MouseEvent('click',{bubbles:true}));</script></body>";
    environment.write("plan.html", html.replace("</body>", click));
    let more = ["--dump-dom", "--virtual-time-budget=2000"];
    let dom = String::from_utf8(run(browser, &environment, &more)).unwrap();
    assert!(dom.contains("<details id=\"change-0\" open"), "{dom}");
}

#[test]
fn the_screenshot_shows_the_nodes_in_their_colours() {
    let test = "the_screenshot_shows_the_nodes_in_their_colours";
    let Some(browser) = chromium(test) else { return };
    let environment = page();
    let screenshot = environment.path("page.png");
    run(browser, &environment, &[&format!("--screenshot={}", screenshot.display())]);
    let file = std::io::BufReader::new(std::fs::File::open(screenshot).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((frame.width, frame.height), SIZE);
    let samples = frame.color_type.samples();
    let count =
        |colour: [u8; 3]| pixels.chunks(samples).filter(|pixel| pixel[..3] == colour).count();
    // No disruption, reload and restart: more than the chips of the legend.
    for (colour, nodes) in
        [([0xd0, 0xd7, 0xde], 4), ([0x8e, 0xc5, 0xff], 1), ([0xff, 0xcc, 0x80], 1)]
    {
        let found = count(colour);
        // A node has 150 times 40 pixels, some of them text.
        assert!(found > nodes * 4000, "{colour:x?}: {found}");
    }
    assert!(count([255, 255, 255]) > 100_000);
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let environment = page();
    let html = environment.read("plan.html");
    for word in ["http://", "https://", "src=", "@import", "url("] {
        let rest = html.replace("http://www.w3.org/2000/svg", "").replace("url(#tip)", "");
        assert!(!rest.contains(word), "{word}");
    }
}
