"""Students' notebooks hold no solution, and their checks tell right from missing and from wrong."""

import ast
import builtins
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import slides  # noqa: E402
import teaching  # noqa: E402

CHAPTERS = sorted((ROOT / "book").glob("*.ipynb"))
NOTEBOOKS = ("student", "solutions")
CHECKED = [path for path in CHAPTERS if '"self-check"' in path.read_text(encoding="utf-8")]

# Run each check again with one answer spoiled at a time: prints what no check noticed.
SPOIL = """
def spoil(value):
    if callable(value):
        return lambda *a, **k: spoil(value(*a, **k))
    if isinstance(value, (tuple, list)):
        return type(value)(map(spoil, value))
    if isinstance(value, dict):
        return {key: spoil(item) for key, item in value.items()}
    if isinstance(value, str):
        return value + "?"
    return np.logical_not(value) if np.asarray(value).dtype == bool else value + 1

for name in NAMES:
    try:
        exec(SOURCE, {**globals(), name: spoil(globals()[name])})
    except AssertionError as error:
        assert str(error), f"{name}: no hint"
    else:
        print(f"{name}: a wrong answer passes")
"""


def read(path):
    return nbformat.read(path, as_version=4)


def code(cells):
    return [cell for cell in cells if cell.cell_type == "code"]


def failures(cells):
    return {
        cell.id: (output.ename, output.evalue)
        for cell in code(cells)
        for output in cell.outputs
        if output.output_type == "error"
    }


@pytest.mark.parametrize("path", CHECKED, ids=lambda path: path.stem)
def test_checks_fail_on_empty_and_on_wrong_answers_and_pass_on_the_solution(path):
    """One kernel: the student's notebook as it is, then each solution, its check, and spoils."""
    chapter = read(path)
    student = teaching.student(chapter)
    untouched = len(student.cells)
    for label, solution, check in teaching.exercises(chapter.cells):
        if check:
            names = list(teaching.asked(check, solution))
            spoil = SPOIL.replace("NAMES", repr(names)).replace("SOURCE", repr(check.source))
            student.cells += [*code(solution), check, nbformat.v4.new_code_cell(spoil)]
            student.cells[-1].metadata["spoils"] = label
    for cell in code(student.cells):
        cell.outputs = []
    NotebookClient(
        student, timeout=300, allow_errors=True, resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    failed = failures(student.cells[:untouched])
    checks = {c.id: n for n, _, c in teaching.exercises(chapter.cells) if c}
    assert set(failed) == set(checks), failed
    for cell_id, (kind, message) in failed.items():
        assert kind in ("AssertionError", "NotImplementedError")
        assert message.startswith(f"{checks[cell_id]}: "), message
    assert failures(student.cells[untouched:]) == {}
    spoiled = [c for c in student.cells if "spoils" in c.metadata]
    assert [(c.metadata.spoils, o.text) for c in spoiled for o in c.outputs] == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_solution_is_left(path):
    chapter, student = read(path), teaching.student(read(path))
    left_out = ("solution", "answer")
    secret = [cell for cell in chapter.cells if teaching.tagged(cell, *left_out)]
    public = "\n".join(c.source for c in chapter.cells if not teaching.tagged(c, *left_out))
    text = json.dumps([[c.source, c.get("outputs")] for c in student.cells], ensure_ascii=False)
    for cell in secret:
        for line in cell.source.splitlines():
            if len(line) > 12 and line not in public and not line.startswith("def "):
                assert json.dumps(line, ensure_ascii=False)[1:-1] not in text
    assert not any(teaching.tagged(cell, *left_out) for cell in student.cells)
    assert student.cells[0] == chapter.cells[0]  # which installs the library on Colab
    exercises = [cell for cell in chapter.cells if teaching.LABEL.match(cell.source)]
    assert len([c for c in student.cells if c.source == "*Your answer:*"]) == len(exercises)


@pytest.mark.parametrize("path", CHECKED, ids=lambda path: path.stem)
def test_a_check_needs_only_the_chapter_and_its_own_exercise(path):
    """A student may solve one exercise and leave the others out; each assert gives a hint."""
    chapter = read(path)
    given = [c for c in chapter.cells if not teaching.tagged(c, "solution", "self-check")]
    found = [(s, c) for _, s, c in teaching.exercises(chapter.cells) if c]
    assert len(found) >= 3
    for solution, check in found:
        tree = ast.parse(check.source)
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        parameters = [node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)]
        own = {name.id for name in names if isinstance(name.ctx, ast.Store)} | set(parameters)
        known = own | set(teaching.defined([*given, check])) | set(dir(builtins))
        needed = {name.id for name in names} - known - set(teaching.asked(check, solution))
        assert not needed, f"{check.id} needs {needed}"
        assert all(node.msg for node in ast.walk(tree) if isinstance(node, ast.Assert)), check.id


def test_the_worked_example_of_the_page_for_lecturers(tmp_path):
    """Its commands after `make book`, in a copy of the repository with the same environment."""
    text = (ROOT / "book" / "teaching.md").read_text(encoding="utf-8")
    commands = re.search(r"```bash\n(git clone .*?)```", text, re.S)[1].splitlines()
    assert len(commands) < 10 and commands[2] == "make book"
    slides.maths.install_node_modules()
    copy = tmp_path / "copy"
    left_out = shutil.ignore_patterns(".git", ".venv", "node_modules", "_build", ".*_cache")
    shutil.copytree(ROOT, copy, ignore=left_out)
    (copy / ".venv").symlink_to(sys.prefix)
    (copy / "node_modules").symlink_to(ROOT / "node_modules")
    done = subprocess.run(
        ["bash", "-e", "-c", "\n".join(commands[3:])], cwd=copy, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    built = copy / "_build"
    assert "(8)" not in (built / "slides" / "mine" / "index.html").read_text(encoding="utf-8")
    assert "(55)" in (built / "slides" / "mine" / "index.html").read_text(encoding="utf-8")
    student, solutions = (built / "teaching" / "mine" / f"{n}.ipynb" for n in NOTEBOOKS)
    assert len(read(student).cells) == len(read(solutions).cells) > 20
    assert [cell.id for cell in read(student).cells].count("colab") == 1


def test_solutions_are_the_chapter_itself(tmp_path):
    """Whose cells are run and compared with their outputs by nbval."""
    teaching.write(CHAPTERS[0], tmp_path)
    assert (tmp_path / "solutions.ipynb").read_bytes() == CHAPTERS[0].read_bytes()
    nbformat.validate(read(tmp_path / "student.ipynb"))


def test_the_comments_of_a_check_tell_what_the_skeleton_should_hold():
    solution = [nbformat.v4.new_code_cell("answer = 42")]
    check = nbformat.v4.new_code_cell("# A number.\n# Any.\nassert answer == 42, 'No.'  # sure")
    answer, skeleton, student_check = teaching.room("Exercise 1", solution, check)
    assert skeleton.source == "# A number.\n# Any.\nanswer = ..."
    assert "Any." not in student_check.source and "assert answer == 42" in student_check.source
