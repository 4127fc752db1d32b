"""A window with a red area, a button and a text; ends when the button is pressed or after some seconds."""

import tkinter as tk
from tkinter import ttk


def main():
    window = tk.Tk()
    window.geometry("240x160+20+20")
    window.title("tk-window")
    tk.Frame(window, background="#ff0000", width=200, height=60).pack()
    text = tk.StringVar(value="not yet")
    ttk.Label(window, textvariable=text).pack()
    button = ttk.Button(window, text="Press", command=lambda: text.set("pressed"))
    button.pack()
    window.after(300, button.invoke)
    window.after(400, lambda: print("label:", text.get(), "Tk", window.tk.call("info", "patchlevel"), flush=True))
    window.after(3000, window.destroy)
    window.mainloop()
