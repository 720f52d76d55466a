"""The generated parts of the documentation: written from the models, the codes and the commands."""
