# What the runtimes of wheels share: the standard library of the source, as an install_only archive has it. The binaries
# in WHEEL are of another patch release, VERSION, which the header says. Put before the recipes by the driver.

# is_wanted FILE: whether a library is none of those that test Python, nor for the free-threaded build.
is_wanted() {
  case $1 in
    _test*|_xxtest*|_ctypes_test*|xxlimited*|xxsubtype*|*.cp"$PYTHON_DIGITS"t-*) return 1;;
  esac
}

# standard_library FOLDER: puts the modules there. Without Tcl and Tk there is no tkinter.
standard_library() {
  mkdir -p "$1"
  cp -R "$STEP/source/Lib/." "$1/"
  (cd "$1" && rm -rf test idlelib turtledemo ensurepip site-packages tkinter)
  find "$1" -name __pycache__ -type d -prune -exec rm -rf {} +
}

# header FOLDER LIBRARY: puts patchlevel.h there, which says the version of the library's binary.
header() {
  grep -q -a -F "$VERSION" "$2"
  mkdir -p "$1"
  sed 's/\(#define PY_VERSION  *\)".*"/\1"'"$VERSION"'"/' "$STEP/source/Include/patchlevel.h" > "$1/patchlevel.h"
  grep -q 'PY_VERSION.*"'"$VERSION"'"' "$1/patchlevel.h"
}
