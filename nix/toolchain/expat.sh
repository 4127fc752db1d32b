# The copy that CPython brings, for fontconfig.
tar -x -f "$ARCHIVE" -C "$STEP/source" --strip-components=2 --no-same-owner --no-same-permissions --wildcards '*/Modules/expat/*'
cd ../source/expat
mkdir -p "$STEP/out/include"
cp expat.h expat_external.h pyexpatns.h "$STEP/out/include/"
: > pyconfig.h
archive libexpat.a "$OPTIMISE -DXML_STATIC -DHAVE_EXPAT_CONFIG_H -I." xmlparse.c xmlrole.c xmltok.c
