# What makes code of xcb-proto's XML: a package of Python's.
unpack_deb
cp -R ../source/usr/lib/python3/dist-packages ../out/python
