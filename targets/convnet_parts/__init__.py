"""The parts of `convnet_lfw.py`: settings, images, what becomes of them, and the classifier at the end.

Images and feature maps are float32 arrays of shape (n_images, height, width, channels).
"""
