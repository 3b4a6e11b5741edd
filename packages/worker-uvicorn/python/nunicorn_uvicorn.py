"""Serves an ASGI app with uvicorn on the sockets that nunicorn hands over, and speaks its notify protocol.

    python nunicorn_uvicorn.py [OPTIONS OF UVICORN] APP

Only the standard library and uvicorn (0.17 or later) are needed. The protocol is described in the README of
@nunicorn/worker-exec.
"""

import asyncio
import contextlib
import faulthandler
import importlib
import inspect
import logging
import os
import select
import signal
import socket
import sys
import traceback

BOOT_ERROR = 3
APP_LOAD_ERROR = 4
FIRST_LISTEN_FD = 3

#: So many turns of the event loop without a queued connection mean that the queue is empty.
QUIET_TURNS = 3
#: Clients that keep connecting must not keep a worker that stops: others accept as well.
QUEUE_SECONDS = 0.25
LOOK_SECONDS = 0.05


def main(arguments):
    here = os.path.dirname(os.path.abspath(__file__))
    # The folder of this file is no place of the app's; uvicorn adds the one that --app-dir names.
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    only_check = arguments[:1] == ["--nunicorn-check"]
    notify = Notify(None if only_check else descriptor("NUNICORN_NOTIFY_FD"))
    tell_stack_on_signal(notify)
    app, options = read_options(arguments[only_check:], notify)
    config = configure(app, options, notify)
    if only_check:
        return 0
    server = make_server(config, notify)
    with ErrorRecorder() as recorder:
        try:
            server.run(sockets=inherited_sockets())
        except SystemExit:
            # uvicorn ends the process where it cannot go on, and has logged why.
            pass
    if not server.started:
        fail(notify, BOOT_ERROR, "The app %s did not start.\n%s" % (app, recorder.text()))
    return 0


def fail(notify, code, text):
    """Ends the process; the first line of the text says what is wrong, the others show where."""
    for line in text.rstrip().splitlines():
        notify.say("ERROR=" + line)
    if notify.fd is None:
        sys.stderr.write(text.rstrip() + "\n")
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    # The app's own threads, which may not be daemons, cannot keep a process that has failed.
    os._exit(code)


class Notify:
    """The pipe to the arbiter. Without a descriptor everything that is said is lost."""

    def __init__(self, fd):
        self.fd = fd
        if fd is not None:
            os.set_blocking(fd, False)

    def say(self, *lines):
        if self.fd is None:
            return
        try:
            os.write(self.fd, "".join(line + "\n" for line in lines).encode())
        except OSError:
            # The arbiter is gone, which reading tells, or it has no time: then it hears the next beat.
            pass

    def hear(self):
        """What the arbiter has said; None once it is gone."""
        if self.fd is None:
            return ""
        try:
            data = os.read(self.fd, 65536)
        except BlockingIOError:
            return ""
        except OSError:
            return None
        return data.decode() if data else None


def descriptor(name):
    """A descriptor that was inherited, and that what the app starts shall not inherit."""
    number = os.environ.pop(name, "")
    if not number:
        return None
    os.set_inheritable(int(number), False)
    return int(number)


def inherited_sockets():
    count = int(os.environ.pop("LISTEN_FDS", "0"))
    for name in ("LISTEN_PID", "LISTEN_FDNAMES"):
        os.environ.pop(name, None)
    sockets = [socket.socket(fileno=FIRST_LISTEN_FD + index) for index in range(count)]
    for sock in sockets:
        sock.set_inheritable(False)
    return sockets


def tell_stack_on_signal(notify):
    """By a handler in C, which also runs while a thread of Python hangs."""
    fd = descriptor("NUNICORN_STACK_FD")
    if fd is None:
        return
    faulthandler.register(signal.SIGUSR1, file=fd, all_threads=False)
    notify.say("STACK_SIGNAL=SIGUSR1")


def read_options(arguments, notify):
    """The app and the options that uvicorn's own command would run it with, by flags and variables UVICORN_*."""
    # The package has a function of the same name.
    module = importlib.import_module("uvicorn.main")
    taken = {}
    run, module.run = module.run, lambda app, **options: taken.update(options, app=app)
    try:
        context = module.main.make_context("uvicorn", list(arguments), auto_envvar_prefix="UVICORN")
        with context:
            module.main.invoke(context)
    except Exception as error:
        message = getattr(error, "format_message", lambda: str(error))()
        fail(notify, APP_LOAD_ERROR, "uvicorn does not take its options: %s" % message)
    finally:
        module.run = run
    app = taken.pop("app")
    if app.endswith("()"):
        # Gunicorn's way to name what makes the app.
        app, taken["factory"] = app[:-2], True
    return app, taken


#: What the arbiter decides.
OURS = {
    "host": "127.0.0.1",
    "port": 0,
    "uds": None,
    "fd": None,
    "workers": 1,
    "reload": False,
    "reload_dirs": None,
    "reload_includes": None,
    "reload_excludes": None,
    "limit_max_requests": None,
}


def configure(app, options, notify):
    import uvicorn
    from uvicorn.importer import ImportFromStringError, import_from_string

    app_dir = options.pop("app_dir", None)
    if app_dir is not None:
        sys.path.insert(0, os.path.abspath(app_dir or "."))
    known = inspect.signature(uvicorn.Config.__init__).parameters
    options = {name: value for name, value in {**options, **OURS}.items() if name in known}
    try:
        config = uvicorn.Config(app, **options)
        import_from_string(app)
    except ImportFromStringError as error:
        fail(notify, APP_LOAD_ERROR, "The app %s is not there: %s Looked in %s." % (app, error, sys.path[0]))
    except BaseException as error:
        fail(notify, BOOT_ERROR, "The app %s cannot be imported: %s\n%s" % (app, briefly(error), own_traceback(error)))
    return config


def briefly(error):
    return traceback.format_exception_only(type(error), error)[-1].strip()


def own_traceback(error):
    """Without the frames between this file and the app."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not is_machinery(frame.filename)] or frames
    return "".join(["Traceback (most recent call last):\n", *traceback.format_list(own), *traceback.format_exception_only(type(error), error)])


def is_machinery(filename):
    return filename == __file__ or filename.startswith("<frozen ") or "/importlib/" in filename or "/uvicorn/" in filename


class ErrorRecorder(logging.Handler):
    """What uvicorn logs as errors until it serves."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.records = []

    def emit(self, record):
        if len(self.records) < 20:
            self.records.append(record)

    def text(self):
        return "\n".join(self.format(record).strip() for record in self.records)

    def __enter__(self):
        logging.getLogger("uvicorn.error").addHandler(self)
        return self

    def __exit__(self, *_):
        logging.getLogger("uvicorn.error").removeHandler(self)


def make_server(config, notify):
    import uvicorn

    class Server(uvicorn.Server):
        """uvicorn's server, which loses no request when it leaves."""

        draining = None
        leave_at = None

        async def startup(self, sockets=None):
            self.sockets = list(sockets or [])
            await super().startup(sockets=sockets)
            if not self.started or self.should_exit:
                return
            self.beating = asyncio.ensure_future(self.beat())
            # Together: from here on it is watched.
            notify.say("READY=1", "WATCHDOG=1")

        async def beat(self):
            seconds = int(os.environ.get("NUNICORN_BEAT_MS", "1000")) / 1000
            while True:
                state = self.server_state
                notify.say(
                    "WATCHDOG=1",
                    "REQUESTS=%d" % state.total_requests,
                    "IN_FLIGHT=%d" % len(state.tasks),
                    "CONNECTIONS=%d" % len(state.connections),
                )
                await asyncio.sleep(seconds)

        # Signals: uvicorn up to 0.28, and since 0.29.

        def install_signal_handlers(self):
            self.obey()

        @contextlib.contextmanager
        def capture_signals(self):
            self.obey()
            yield

        def obey(self):
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTERM, self.on_term)
            # Ctrl-C is the arbiter's to answer.
            loop.add_signal_handler(signal.SIGINT, lambda: None)
            if notify.fd is not None:
                loop.add_reader(notify.fd, self.on_word)

        def on_term(self):
            self.on_word()
            if self.draining is not None:
                return
            if self.started and notify.fd is not None:
                # It did not come from the arbiter, which would have said so: first somebody shall take over.
                notify.say("RETIRE=SIGTERM")
            else:
                asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
                os.kill(os.getpid(), signal.SIGTERM)

        def on_word(self):
            words = notify.hear()
            if words is None:
                # The arbiter is gone: nobody takes over.
                asyncio.get_running_loop().remove_reader(notify.fd)
                self.leave(int(os.environ.get("NUNICORN_GRACEFUL_MS", "30000")) / 1000)
                return
            for line in words.splitlines():
                key, _, value = line.partition("=")
                if key == "DRAIN" and value.isdigit():
                    self.leave(int(value) / 1000)

        def leave(self, seconds):
            """A second order can only bring the deadline nearer."""
            at = asyncio.get_running_loop().time() + seconds
            self.leave_at = at if self.leave_at is None else min(at, self.leave_at)
            if self.draining is None:
                self.draining = asyncio.ensure_future(self.drain() if self.started else self.give_up())

        async def give_up(self):
            self.should_exit = True

        # uvicorn's own shutdown closes idle connections at once, and a request may be on its way on any of them. Here
        # they live as long as they were promised (RFC 9112 9.6), and each answer from now on says that it is the last.

        async def drain(self):
            notify.say("STOPPING=1")
            loop = asyncio.get_running_loop()
            await self.take_queued(loop.time() + QUEUE_SECONDS)
            for server in self.servers:
                server.close()
            closed_at = loop.time()
            state = self.server_state
            while (state.connections or state.tasks) and loop.time() < self.leave_at:
                self.say_close()
                self.close_unused(loop.time() - closed_at)
                await asyncio.sleep(LOOK_SECONDS)
            self.cut()
            self.should_exit = True

        async def take_queued(self, until):
            """What waits in the kernel, in case nobody else is there to take it."""
            queue = select.poll()
            for sock in self.sockets:
                queue.register(sock.fileno(), select.POLLIN)
            quiet = 0
            while quiet < QUIET_TURNS and asyncio.get_running_loop().time() < until:
                quiet = 0 if queue.poll(0) else quiet + 1
                await asyncio.sleep(0)

        def say_close(self):
            last = (b"connection", b"close")
            holders = [self.server_state]
            for connection in self.server_state.connections:
                if not hasattr(connection, "cycle"):
                    # A WebSocket, whose handshake says another thing of the connection.
                    continue
                cycles = [getattr(connection, "cycle", None), *(cycle for cycle, *_ in getattr(connection, "pipeline", ()))]
                # Old versions remember the headers in the connection, new ones in each request.
                holders += [connection, *(cycle for cycle in cycles if cycle is not None and not cycle.response_started)]
            for holder in holders:
                headers = getattr(holder, "default_headers", None)
                if headers is not None and last not in headers:
                    holder.default_headers = [*headers, last]

        def close_unused(self, seconds):
            for connection in list(self.server_state.connections):
                is_http = hasattr(connection, "cycle")
                # An idle one that has had an answer ends by uvicorn's own timer.
                waited = seconds > self.config.timeout_keep_alive and getattr(connection, "cycle", None) is None
                if waited or (not is_http and has_shaken_hands(connection) and not getattr(connection, "told_to_leave", False)):
                    connection.told_to_leave = True
                    tell_to_leave(connection)

        def cut(self):
            state = self.server_state
            for connection in list(state.connections):
                scope = getattr(connection, "scope", None) or {}
                logging.getLogger("uvicorn.error").warning(
                    "Cut at the deadline: %s %s", scope.get("method", "a connection"), scope.get("path", "")
                )
                connection.transport.abort()
            for task in list(state.tasks):
                task.cancel()

        async def on_tick(self, counter):
            result = await super().on_tick(counter)
            if self.draining is not None:
                self.say_close()
            return result

    return Server(config)


def has_shaken_hands(connection):
    """Of a WebSocket: before, uvicorn would answer the handshake with a 500."""
    event = getattr(connection, "handshake_completed_event", None)
    return getattr(connection, "handshake_complete", True) if event is None else event.is_set()


def tell_to_leave(connection):
    """A connection in a state that uvicorn has not thought of ends without a word, and does not end the drain."""
    try:
        if hasattr(connection, "fail_connection"):
            # uvicorn 0.17 closes it without a word; newer ones do the same as here. 1012: the service restarts.
            connection.fail_connection(1012)
        connection.shutdown()
    except Exception as error:
        logging.getLogger("uvicorn.error").debug("A connection could not be told to leave: %s", briefly(error))
        connection.transport.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
