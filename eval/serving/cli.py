"""`mihakk eval serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...configs.command import MentionsOption, OffsetsOption, SchemeOption, a_number, stopped_by_any
from ...configs.visible import print_line


def serve(
    extractor: Annotated[str, typer.Argument(help="The extractor, as `mihakk eval predict` takes it.")],
    gold: Annotated[
        Path | None, typer.Option(help="Gold dataset folder, for extractors that learn from its training split.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting of the extractor, such as timeout=30; repeatable."),
    ] = None,
    scheme: SchemeOption = None,
    port: Annotated[int, typer.Option(help="Port on this machine; 0 takes a free one.", min=0, max=65535)] = 9090,
    blind: Annotated[
        float,
        typer.Option(
            min=0.0, max=1.0, callback=a_number, help="Share of articles that get no suggestions, chosen by their ids."
        ),
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Chooses the blind articles.")] = 13,
    concurrency: Annotated[int, typer.Option(min=1, help="Number of tasks in work at the same time.")] = 1,
    offsets: OffsetsOption = "code-points",
    mentions: MentionsOption = "order",
) -> None:
    """Serve an extractor's suggestions to annotators.

    It is a machine learning backend for Label Studio on this machine, and runs until Ctrl-C. `mihakk annotate serve
    --backend` connects it.
    """
    from ...annotate.placing.policy import Policy
    from ..adapters.settings import read_settings
    from .backend import Backend
    from .open import labels_for, opened_for
    from .server import serving

    documents = labels_for(gold, scheme)
    settings = read_settings(set_ or ())
    with stopped_by_any(), opened_for(extractor, settings, documents, concurrency) as (opened, version):

        def say(line: str) -> None:
            print_line(f"mihakk: {line}", err=True)

        policy = Policy.named(offsets, mentions)
        backend = Backend(opened, version, documents.labels, policy, say, blind, seed, concurrency)
        with serving(backend, port) as server:
            print_line(f"{version} is at {server.url}; Ctrl-C stops it")
            print_line(f"Next: mihakk annotate serve tasks.json --backend {server.url}")
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                print_line("The backend is stopped.")
