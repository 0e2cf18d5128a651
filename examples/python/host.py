#!/usr/bin/env python3
"""A host as the field writes it: pyserial, lines out, lines in. It knows nothing of this project.

usage: host.py PORT BROKER_HOST BROKER_PORT
Publishes a message to a topic it has subscribed to, and waits for it. Needs pyserial.
"""

import sys
import time

import serial


class Module:
    """A BC260Y-CN on a serial port."""

    def __init__(self, path, baud=9600):
        self.port = serial.Serial(path, baud, timeout=0.2)

    def send(self, command):
        self.port.write(command.encode() + b"\r")

    def wait(self, wanted, seconds=30):
        """Reads lines until one begins with `wanted`; an error ends the program."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            line = self.port.readline().strip().decode(errors="replace")
            if line.startswith(wanted):
                return line
            if line == "ERROR" or line.startswith("+CME ERROR"):
                sys.exit(f"refused while waiting for {wanted}: {line}")
        sys.exit(f"no {wanted}")

    def ask(self, command, wanted="OK"):
        self.send(command)
        return self.wait(wanted)


def main(path, host, port):
    module = Module(path)
    # The first AT may only wake the module.
    for _ in range(10):
        module.send("AT")
        if b"OK" in module.port.read(64):
            break
    module.port.reset_input_buffer()
    module.ask("ATE0")
    module.ask("AT+QSCLK=0")
    module.ask('AT+QMTCFG="version",0,1')
    module.ask('AT+QMTCFG="echomode",0,0')
    module.ask(f'AT+QMTOPEN=0,"{host}",{port}', "+QMTOPEN: 0,0")
    module.ask('AT+QMTCONN=0,"field-host"', "+QMTCONN: 0,0,0")
    module.ask('AT+QMTSUB=0,1,"field/echo",1', "+QMTSUB: 0,1,0,1")

    module.send('AT+QMTPUB=0,2,1,0,"field/echo"')
    prompt = module.port.read_until(b"> ")
    if not prompt.endswith(b"> "):
        sys.exit(f"no prompt: {prompt}")
    module.port.write(b"21.5 degrees\x1a")
    # Result and message come in either order.
    seen = {module.wait("+QMT"), module.wait("+QMT")}
    wanted = {"+QMTPUB: 0,2,0", '+QMTRECV: 0,1,"field/echo","21.5 degrees"'}
    if seen != wanted:
        sys.exit(f"wanted {wanted}, saw {seen}")
    module.ask("AT+QMTDISC=0", "+QMTDISC: 0,0")
    module.ask("AT+QSCLK=1")
    print("published and received")


if __name__ == "__main__":
    main(*sys.argv[1:])
