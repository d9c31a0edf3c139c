"""The common part of all commands of `mihakk`: how they are built, and how they end."""

from __future__ import annotations

import io
import os
import shlex
import signal
import sys
from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Literal, NoReturn, cast

import typer

from .errors import ExitCode, InputError, MihakkError, WriteError, grouped, os_error
from .streams import give_back_stdout
from .visible import be_quiet, one_line, print_line, print_note, visible_libraries

# The exception of typer for a wrong option or argument; it has no public name.
_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__base__)


SchemeOption = Annotated[
    Path | None, typer.Option("--scheme", help="Scheme file; conflict_news if left out.", show_default=False)
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Replace existing files even if edited, or not from this command.")
]
HtmlOption = Annotated[
    Path | None, typer.Option("--html", help="Also write a web page with numbers and articles.", show_default=False)
]
FiguresOption = Annotated[
    Path | None,
    typer.Option(
        "--figures", help="Also write figures for papers into this folder, as PNG, SVG and PDF.", show_default=False
    ),
]
NoTextOption = Annotated[bool, typer.Option("--no-text", help="Leave the articles' words out of the web page.")]
RequireOption = Annotated[
    list[str] | None,
    typer.Option(
        "--require", metavar="RULE", help="Exit with 1 if this is not true, such as entities.strict.micro.f1>=0.8."
    ),
]

# None is `local`. Only shards have an engine.
EngineOption = Annotated[
    Literal["local", "ray"] | None,
    typer.Option(
        "--engine",
        help="Where a folder or glob of shards is processed: on this machine, or with Ray.",
        show_default="local",
    ),
]

# How a predictions file is read. annotate/placing/policy.py has the same names; tests hold them together.
OffsetsOption = Annotated[
    Literal["code-points", "utf-16", "bytes", "own-text"],
    typer.Option("--offsets", help="The unit of offsets in predictions; own-text: they count in the row's own text."),
]
MentionsOption = Annotated[
    Literal["order", "all", "nth"],
    typer.Option("--mentions", help="How words without offsets are placed: each once, or at all places of the name."),
]


# Every number has its interval, which needs no resamples and no seed. To be removed in version 0.3.
OverOption = Annotated[bool, typer.Option("--ci", help="No effect: every number has its interval.")]
OverNumberOption = Annotated[int | None, typer.Option(help="No effect any more.", show_default=False)]


def say_over(**given: object) -> None:
    """Reports options that have no effect any more."""
    names = ", ".join(f"--{name}" for name, value in given.items() if value)
    if names:
        print_note(f"{names}: no effect any more, since every number has its interval; 0.3 refuses it")


def a_number(value: float) -> float:
    """The value of an option that has a range. A range lets NaN through; here NaN raises typer.BadParameter."""
    if value != value:
        raise typer.BadParameter("nan is not a number")
    return value


def commands(help_: str, **settings: Any) -> typer.Typer:
    """A group of commands. Their help is plain text, at most 80 columns wide; no name and no example is cut."""
    return typer.Typer(
        help=help_,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        **settings,
    )


def example(command: str) -> str:
    """The end of a command's help: an example call."""
    return f"\b\nExample:\n  mihakk {command}"


def end(run: Callable[[], object]) -> NoReturn:
    """Runs a command line and ends the process. Only here do errors become lines on stderr and exit codes."""
    code = int(ExitCode.DONE)
    try:
        _take_any_text()
        visible_libraries()
        with _orderly_stop():
            code = run()
            if sys.stdout is not None:
                sys.stdout.flush()
    except MihakkError as error:
        code = _report(error)
    except _UsageError as error:
        code = _report_usage(error)
    except typer.Abort:
        _say("mihakk: the input ended before there was an answer")
        code = ExitCode.INPUT
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except RuntimeError as error:
        # Before 3.12, Python raises this if a signal arrives while a class is being made, for example during imports.
        if not isinstance(error.__cause__, KeyboardInterrupt | SystemExit):
            raise
        is_interrupt = isinstance(error.__cause__, KeyboardInterrupt)
        code = ExitCode.INTERRUPTED if is_interrupt else ExitCode.TERMINATED
    except BrokenPipeError:
        code = ExitCode.PIPE_CLOSED
    except OSError as error:
        code = _report(os_error(error))
    except ValueError:
        if sys.stdout is None or not sys.stdout.closed:
            raise
        code = _report(WriteError("standard output: was closed by a library, or by an extractor"))
    except SystemExit as stop:
        # typer and rich raise this when a pipe is closed.
        code = ExitCode.PIPE_CLOSED if isinstance(stop.__context__, BrokenPipeError) else stop.code
    finally:
        give_back_stdout()
        be_quiet(False)
    _leave_quietly()
    sys.exit(code if isinstance(code, int) else ExitCode.DONE if code is None else ExitCode.FAILED)


# Messages use these words if the same command may succeed later. On the command line, the command takes their place.
AGAIN = "run the command again"


def _typed() -> str:
    """The command line as it was typed. Tokens and passwords are never in it."""
    return one_line(shlex.join(["mihakk", *sys.argv[1:]]))


def _report(error: MihakkError) -> int:
    for problem in grouped(error.problems):
        _say(f"mihakk: {problem.replace(AGAIN, f'run `{_typed()}` again')}")
    return error.exit_code


# Options of mihakk itself. People often write them after the command's name.
_OF_MIHAKK = ("-q", "--quiet")


def _report_usage(error: typer.BadParameter) -> int:
    if error.format_message().startswith("Usage: "):  # a group without a command shows its help
        for line in error.format_message().splitlines():
            _say(line)
    else:
        command = error.ctx.command_path if error.ctx else "mihakk"
        option = str(getattr(error, "option_name", ""))
        mend = f"see {command} --help"
        if option in _OF_MIHAKK and command != "mihakk":
            mend = f"write it before the command: {command.replace('mihakk', f'mihakk {option}', 1)} …"
        _say(f"mihakk: {' '.join(error.format_message().split()).rstrip('.')}; {mend}")
    return ExitCode.INPUT


def _say(line: str) -> None:
    with suppress(OSError):  # nobody listens
        print_line(line, err=True)


def _take_any_text() -> None:
    """If standard output's encoding has no Arabic letters, they are written as escapes, as on standard error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


# A closed terminal ends a command as SIGTERM does.
_STOPPING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def _orderly_stop() -> Generator[None]:
    """SIGTERM and SIGHUP end the block as Ctrl-C does: temporary files are removed on the way out."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise SystemExit(ExitCode.TERMINATED)

    with _handling(_STOPPING, stop):
        yield


@contextmanager
def stopped_by_any() -> Generator[None]:
    """For commands that run until they are stopped: here Ctrl-C, SIGTERM and SIGHUP all raise KeyboardInterrupt."""
    with _handling((signal.SIGINT, *_STOPPING), signal.default_int_handler):
        yield


@contextmanager
def _handling(numbers: Iterable[int], handler: Callable[[int, FrameType | None], object]) -> Generator[None]:
    """Sets this handler for these signals. Ignored signals stay ignored: `nohup` starts commands that ignore SIGHUP."""
    before: dict[int, Any] = {}
    with suppress(ValueError):  # not in the main thread
        for number in numbers:
            if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, was in before.items():
            signal.signal(number, was)


def _leave_quietly() -> None:
    """Keeps Python from writing again, when it ends, what could not be written to a closed pipe or a full disk."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                if nowhere != stream.fileno():  # equal if the stream's descriptor was closed, and so was free
                    os.dup2(nowhere, stream.fileno())
                    os.close(nowhere)


def fields_given(pairs: Iterable[str], fields: Collection[str]) -> dict[str, str]:
    """The values of `--column FIELD=NAME`. Raises InputError for another form, or a field not in `fields`."""
    given: dict[str, str] = {}
    for pair in pairs:
        field, equals, name = pair.partition("=")
        if not equals or not name or field not in fields:
            raise InputError(f"--column {pair}: must look like FIELD=NAME; FIELD is one of {', '.join(fields)}")
        given[field] = name
    return given
