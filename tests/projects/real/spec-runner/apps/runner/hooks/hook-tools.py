hiddenimports = ['tools.units']
