"""The files of the source: those that git knows, or all of them where there is no git (a tarball)."""
import pathlib
import subprocess

# Where there is no git: what is made by building and testing.
MADE = {".git", "build", "__pycache__"}


def files(top):
    """Paths relative to the top of the source, sorted."""
    git = ["git", "-C", str(top), "ls-files", "-z"]
    try:
        listed = subprocess.run(git, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    except (OSError, subprocess.CalledProcessError):
        listed = b""
    if listed:
        paths = {pathlib.Path(name) for name in listed.decode().split("\0") if name}
    else:
        paths = {path.relative_to(top) for path in top.rglob("*")}
    return sorted(path for path in paths if not MADE & set(path.parent.parts) and (top / path).is_file())
