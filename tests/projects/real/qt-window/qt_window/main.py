"""A window with a button, a drawing and a table; saves what it looks like to the file that is named."""

import sys

from PySide6.QtCore import QLibraryInfo, Qt, QTimer, QTranslator
from PySide6.QtGui import QColor, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget

CIRCLE = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4.5" cy="4.5" r="4" fill="#0000ff"/></svg>'


class Drawing(QWidget):
    def paintEvent(self, event):
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#ff0000"))
        QSvgRenderer(CIRCLE).render(painter, self.rect())
        painter.end()


class Window(QWidget):
    def __init__(self, path):
        super().__init__()
        self.path = path
        self.label = QLabel("not yet")
        self.button = QPushButton("Press")
        self.button.clicked.connect(self.pressed)
        self.drawing = Drawing()
        self.drawing.setFixedSize(120, 120)
        layout = QVBoxLayout(self)
        for widget in (self.label, self.button, self.drawing):
            layout.addWidget(widget, alignment=Qt.AlignmentFlag.AlignCenter)
        self.resize(200, 220)

    def pressed(self):
        self.label.setText("pressed")
        QTimer.singleShot(200, self.finish)

    def finish(self):
        print("saved:", self.grab().save(self.path), self.label.text())
        QApplication.quit()


def main():
    app = QApplication(sys.argv)
    translator = QTranslator()
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    print("translation:", translator.load("qtbase_de", folder))
    print("platform:", app.platformName(), "style:", app.style().objectName())
    window = Window(sys.argv[1])
    window.show()
    QTimer.singleShot(200, window.button.click)
    sys.exit(app.exec())
