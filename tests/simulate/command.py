# SPDX-License-Identifier: MIT
"""'bitcraps simulate' and 'bitcraps strategies': one sentence with the next step for wrong input,
outputs that programs can read, the same results with any number of threads, and what an interrupt
leaves. Prints TAP."""

import csv
import io
import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
import xml.dom.minidom

CLIENT = os.path.join(os.environ.get("builddir", "."), "bitcraps")
FOLDER = tempfile.mkdtemp(prefix="bitcraps-test.")
DEADLINE_SEC = 90


class Failure(Exception):
    """What was expected did not happen."""


def expect(condition, what):
    if not condition:
        raise Failure(what)


def file_of(name, text):
    path = os.path.join(FOLDER, name)
    with open(path, "wb") as file:
        file.write(text)
    return path


def run(*arguments):
    return subprocess.run([CLIENT, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=DEADLINE_SEC, check=False)


def good(*arguments):
    done = run(*arguments)
    expect(done.returncode == 0, f"{arguments}: {done.returncode}, {done.stderr!r}")
    expect(done.stderr == "", f"{arguments} says {done.stderr!r}")
    return done.stdout


def simulate(*arguments):
    """The JSON of a short simulation."""
    answer = json.loads(good("simulate", "--sessions", "200", "--json", *arguments))
    expect(answer["schema"] == "bitcraps.simulate/1", answer["schema"])
    return answer


def refused(code, *arguments, parts=()):
    """Nothing on standard output, and one line from bitcraps with all parts."""
    done = run(*arguments)
    expect(done.returncode == code, f"{arguments}: {done.returncode}, not {code}: {done.stderr!r}")
    expect(done.stdout == "", f"{arguments} prints {done.stdout!r}")
    expect(done.stderr.startswith("bitcraps: ") and done.stderr.count("\n") == 1,
           f"not one line from bitcraps: {done.stderr!r}")
    for part in parts:
        expect(part in done.stderr, f"{part!r} is not in {done.stderr!r}")


# ---- Tests ----------------------------------------------------------------------------------------

def wrong_numbers_are_refused_with_the_right_ones():
    for option, least, most in (("sessions", 1, 1000000000), ("rolls", 1, 1000000000),
                                ("shooters", 1, 100000000), ("unit", 1, 1000000000),
                                ("bankroll", 1, 1000000000000), ("jobs", 1, 256),
                                ("win-goal", 1, 1000000000000), ("loss-limit", 1, 1000000000000)):
        for value in ("many", "", "-1", "0", "1.5", "10x", "99999999999999999999"):
            refused(2, "simulate", "pass-line", f"--{option}={value}",
                    parts=(f"--{option}", f"at least {least}", f"'{value}'"))
        refused(2, "simulate", "pass-line", f"--{option}", str(most + 1),
                parts=(f"--{option}", f"at most {most}"))
    refused(2, "simulate", "pass-line", "--seed", "-1", parts=("--seed", "at least 0"))
    for value in ("soon", "0", "-1", "nan", "inf", "0.001", "1e300", ""):
        refused(2, "simulate", "pass-line", f"--hours={value}", parts=("--hours", f"'{value}'"))
    refused(2, "simulate", "pass-line", "--rolls", "9", "--hours", "1", parts=("one length",))
    refused(2, "simulate", "pass-line", "--shooters", "9", "--rolls", "1", parts=("one length",))
    refused(2, "simulate", "pass-line", "--bankroll", "4", "--unit", "5",
            parts=("4 chips", "--bankroll"))


def wrong_words_are_refused_with_the_next_step():
    refused(2, "simulate", parts=("STRATEGY...", "--help"))
    refused(2, "simulate", *["pass-line"] * 17, parts=("STRATEGY...",))
    refused(2, "simulate", "pass-lime", parts=("pass-lime", "did you mean 'pass-line'",
                                               "bitcraps strategies"))
    refused(2, "simulate", "nothing-like-it", parts=("nothing-like-it", "bitcraps strategies"))
    refused(1, "simulate", "./nothing", parts=("./nothing", "No such file"))
    refused(1, "simulate", FOLDER, parts=(FOLDER, "directory"))
    refused(2, "simulate", "pass-line", "--preset", "casinos", parts=("casinos",))
    refused(2, "simulate", "pass-line", "--house", "bar=4", parts=("bar",))
    refused(2, "simulate", "pass-line", "--house", "bar", parts=("bar",))
    refused(2, "simulate", "pass-line", "--sesions", "9", parts=("did you mean --sessions",))
    refused(2, "strategies", "pass-lime", parts=("did you mean 'pass-line'",))
    refused(2, "simulate", "pass-line", "--json", "--csv", "-", parts=("--json", "--csv"))
    refused(1, "simulate", "pass-line", "--html", FOLDER + "/no/where",
            parts=("/no/where", "No such file"))


def a_wrong_strategy_is_shown_by_line_and_column():
    wrong = file_of("wrong.craps", b'strategy "wrong"\non comeout: bet unit on pas\n')
    refused(2, "simulate", wrong, parts=(f"{wrong}:2:25: ", "pas"))
    empty = file_of("empty.craps", b"")
    refused(2, "simulate", empty, parts=(f"{empty}:1:1: ",))
    steering = file_of("steering.craps", b'strategy "x"\non \x1b[2J: bet unit on pass\n')
    refused(2, "simulate", steering, parts=(":2:",))
    expect("\x1b" not in run("simulate", steering).stderr, "an escape gets through")
    refused(2, "simulate", file_of("zero.craps", b"strategy \0"), parts=("no strategy",))
    refused(2, "simulate", file_of("long.craps", b"#" * 65537), parts=("at most 65536 bytes",))


def the_number_of_threads_changes_nothing_but_time():
    names = ("pass-line", "random-legal", "iron-cross", "martingale")
    answers = []
    for jobs in ("1", "2", "3"):
        answer = simulate(*names, "--jobs", jobs)
        timing = answer.pop("timing")
        expect(timing["jobs"] == int(jobs), f"{timing['jobs']} threads")
        answers.append(json.dumps(answer))
    expect(answers[0] == answers[1] == answers[2], "results differ with the number of threads")
    other = simulate(*names, "--seed", "2")
    other.pop("timing")
    expect(json.dumps(other) != answers[0], "another seed gives the same")


def answers_follow_what_was_asked():
    mine = file_of("mine.craps", b'strategy "mine"\n# \xff\non every roll: bet 20 on field\n')
    answer = simulate(mine, "--rolls", "50", "--bankroll", "2000", "--unit", "10", "--seed", "77",
                      "--preset", "vegas-345", "--house", "bar=2", "--house", "field=3-3")
    setting = answer["setting"]
    expect(setting["preset"] == "vegas-345" and "bar=2" in setting["house"]
           and "field=3-3" in setting["house"], setting["house"])
    expect((setting["bankroll"], setting["unit"], setting["seed"], setting["length"]) ==
           (2000, 10, 77, 50), f"{setting}")
    expect(setting["hours"] is None and setting["horizon"] == "rolls", f"{setting}")
    only, = answer["strategies"]
    expect(only["name"] == mine and only["sessions"] == 200, only["name"])
    expect(only["action"]["rolls"] == 200 * 50, f"{only['action']}")
    field, = only["bets"]
    expect(field["bet"] == "field" and field["decided"] == 10000 and field["handle"] == 200000,
           f"{field}")
    expect(field["exact_fraction"] == "0" and field["exact_edge"] == 0, f"{field}")
    expect(not answer["interrupted"] and answer["sound"], "not sound")
    hours = simulate("pass-line", "--hours", "2.5")["setting"]
    expect(hours["hours"] == 2.5 and hours["length"] == 360, f"{hours}")
    shooters = simulate("pass-line", "--shooters", "3")
    expect(shooters["strategies"][0]["dice"]["hands"] == 600, "not 3 shooters a session")
    stops = simulate(mine, "--win-goal", "100", "--loss-limit", "100",
                     "--rolls", "100000")["strategies"][0]
    expect(stops["stopped_at_goal"] + stops["stopped_at_limit"] == 200, "sessions go on")


def a_strategy_that_never_bets_is_told():
    done = run("simulate", "dont-pass", "--sessions", "10", "--preset", "crapless", "--json")
    expect(done.returncode == 0, done.stderr)
    expect(done.stderr.startswith("bitcraps: dont-pass never bet") and "crapless" in done.stderr,
           done.stderr)
    only, = json.loads(done.stdout)["strategies"]
    expect(only["bets"] == [] and only["winnings"]["mean"] == 0, f"{only['bets']}")


def files_say_the_same_as_the_answer():
    table, page = os.path.join(FOLDER, "a.csv"), os.path.join(FOLDER, "a.html")
    answer = simulate("pass-line", "doey-dont", "--csv", table, "--html", page)
    with open(table, newline="", encoding="utf-8") as file:
        rows = {(row["strategy"], row["quantity"]): row["value"] for row in csv.DictReader(file)}
    for strategy in answer["strategies"]:
        name = strategy["name"]
        expect(float(rows[name, "winnings.mean"]) == strategy["winnings"]["mean"], name)
        expect(int(rows[name, "bets.pass.decided"]) == strategy["bets"][0]["decided"], name)
        expect(rows[name, "bets.pass.exact_fraction"] == "7/495", name)
    with open(page, "rb") as file:
        xml.dom.minidom.parse(file)
    text = good("simulate", "pass-line", "--sessions", "200", "--csv", "-")
    expect(text.startswith("strategy,quantity,value\n"), text[:40])
    expect(len(list(csv.reader(io.StringIO(text, newline="")))) > 100, "few lines")
    report = good("simulate", "pass-line", "--sessions", "200", "--plain")
    expect("pass-line" in report, report[:80])
    expect(report.isascii(), "not plain")
    expect("Bankroll by roll" in report, "no plots")
    numbers = good("simulate", "pass-line", "--sessions", "200", "--plain", "--no-plots")
    expect("Bankroll by roll" not in numbers and "Bankroll at the end" not in numbers, "plots")
    expect("Outcome" in numbers and len(numbers) < len(report), "no numbers")


def the_library_is_listed():
    names = [line.split()[0] for line in good("strategies").splitlines()]
    expect("pass-line" in names and "3-point-molly" in names, f"{names}")
    answer = json.loads(good("strategies", "--json"))
    expect(answer["schema"] == "bitcraps.strategies/1", "no schema")
    expect([entry["name"] for entry in answer["strategies"]] == names, "other names")
    text = good("strategies", "pass-line")
    copied = file_of("copy.craps", text.encode())
    ours, theirs = simulate("pass-line")["strategies"], simulate(copied)["strategies"]
    ours[0].pop("name"), theirs[0].pop("name")
    expect(ours == theirs, "a copied strategy plays otherwise")


def an_interrupt_ends_with_what_is_known():
    """The progress line on the terminal shows that it plays."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [CLIENT, "simulate", "pass-line", "dont-pass", "--sessions", "1000000000", "--json"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    said = b""
    try:
        while b"M rolls/s" not in said:
            expect(select.select([ours], [], [], DEADLINE_SEC)[0], f"no progress, but {said!r}")
            said += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=DEADLINE_SEC)
    finally:
        process.kill()
        process.wait()
    answer = json.loads(output)
    expect(process.returncode == 130, f"it ended with {process.returncode}")
    expect(answer["interrupted"] is True, "it does not say that it was interrupted")
    for strategy in answer["strategies"]:
        expect(0 < strategy["sessions"] < 1000000000, f"{strategy['sessions']} sessions")
        expect(strategy["winnings"]["count"] == strategy["sessions"], "sessions are missing")
    while select.select([ours], [], [], 0)[0]:
        try:
            more = os.read(ours, 4096)
        except OSError:
            break
        said += more
    expect(b"interrupted" in said, f"no word on it: {said!r}")
    os.close(ours)


TESTS = [
    wrong_numbers_are_refused_with_the_right_ones,
    wrong_words_are_refused_with_the_next_step,
    a_wrong_strategy_is_shown_by_line_and_column,
    the_number_of_threads_changes_nothing_but_time,
    answers_follow_what_was_asked,
    a_strategy_that_never_bets_is_told,
    files_say_the_same_as_the_answer,
    the_library_is_listed,
    an_interrupt_ends_with_what_is_known,
]


def main():
    failed = False
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}", flush=True)
        except Exception:  # pylint: disable=broad-except
            failed = True
            print(f"not ok {number} - {test.__name__}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    return 1 if failed else 0


sys.exit(main())
