"""SECURITY 19: decoding a picture keeps nobody waiting, and takes the memory of one picture at a time."""

import subprocess
import sys
from pathlib import Path

from tests.support.images import picture

# As in a worker: patched before anything else is imported.
WORKER = """
import eventlet
eventlet.monkey_patch()
import sys
from eventlet import patcher
from gigflow.core import images

real_time = patcher.original("time")
data = sys.stdin.buffer.read()
inside, together, ticks = 0, 0, 0
read = images._read

def counted(*args):
    global inside, together
    inside += 1
    together = max(together, inside)
    real_time.sleep(0.05)  # not a green one: whoever is on the loop stops it
    found = read(*args)
    inside -= 1
    return found

def tick():
    global ticks
    while True:
        ticks += 1
        eventlet.sleep(0.001)

images._read = counted
ticker = eventlet.spawn(tick)
threads = [eventlet.spawn(images.to_webp, data, "square") for _ in range(4)]
widths = [len(thread.wait()["large"]) for thread in threads]
print(len(set(widths)), together, ticks)
"""


def test_the_loop_goes_on_and_pictures_take_turns() -> None:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", WORKER], input=picture(1500, 1000), capture_output=True, cwd=root
    )
    assert done.returncode == 0, done.stderr.decode()
    same, together, ticks = map(int, done.stdout.split())
    assert (same, together) == (1, 1)
    assert ticks > 40  # within at least 0.2 s; on the loop there would be one or two for each picture
