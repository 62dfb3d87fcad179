r"""Equation numbers are the paper's: ``\tag{8}`` makes the target of ``[(8)](#eq-8)``."""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from . import registry
from .registry import TAG

logger = logging.getLogger(__name__)


class EquationTargets(SphinxTransform):
    r"""Give each formula the ids ``eq-8`` of its ``\tag{8}``, known to all pages."""

    default_priority = 200

    def apply(self) -> None:
        for formula in self.document.findall(nodes.math_block):
            for number in TAG.findall(formula.astext()):
                name = f"eq-{number}"
                formula["ids"].append(name)
                formula["names"].append(name)
            self.document.note_explicit_target(formula, formula)


def pages(app: Sphinx) -> list[Path]:
    """The sources of all pages."""
    return [Path(app.env.doc2path(page)) for page in sorted(app.env.found_docs)]


def check_numbers(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Warn of each wrong number, and of each missing piece once the book is complete."""
    found = registry.read(Path(app.srcdir), pages(app))
    problems = found.problems
    if app.config.paper_equations_complete:
        problems = problems + found.missing()
    for problem in problems:
        logger.warning("%s", problem, type="equations")


def setup(app: Sphinx) -> None:
    app.add_config_value("paper_equations_complete", False, "env")
    app.add_transform(EquationTargets)
    app.connect("env-before-read-docs", check_numbers)
