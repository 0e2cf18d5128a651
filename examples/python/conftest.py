"""A pytest fixture with a virtual module: copy it into a project that tests a host.

`qmt` is taken from PATH, or from the variable QMT. Needs pyserial for `module.serial()`.
"""

import json
import os
import socket
import subprocess

import pytest
import serial


class VirtualModule:
    """A running `qmt modem` with a loopback broker behind it."""

    def __init__(self, folder, *flags):
        self.path = str(folder / "bc260y")
        self.report = folder / "report.txt"
        self._control = str(folder / "control")
        command = [os.environ.get("QMT", "qmt"), "modem", "--pty", self.path, "--print-address"]
        command += ["--instant-boot", "--loopback-broker", "--control", self._control]
        command += ["--report", str(self.report), *flags]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline().strip() == self.path

    def serial(self):
        """The port that the host under test opens."""
        return serial.Serial(self.path, 9600, timeout=10)

    def tell(self, do, **arguments):
        """Tells the module something over its control socket, and gives the answer."""
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(self._control)
            control.sendall(json.dumps({"do": do, **arguments}).encode() + b"\n")
            answer = json.loads(control.makefile().readline())
        assert answer["ok"], answer
        return answer.get("state")

    def close(self):
        self.process.terminate()
        assert self.process.wait(10) == 0


@pytest.fixture
def start_module(tmp_path):
    """A function that starts a module with flags of `qmt modem`; it is ended after the test."""
    modules = []

    def start(*flags):
        modules.append(VirtualModule(tmp_path, *flags))
        return modules[-1]

    yield start
    for module in modules:
        module.close()


@pytest.fixture
def module(start_module):
    """A module without faults."""
    return start_module()
