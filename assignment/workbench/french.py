"""The French of what the programs of any lab say, by the English; a lab has words of its own in its package.

{0}, {1}, … stand for what is filled in, in its order there.
"""

FRENCH = {
    # Results
    "interrupted": "interrompu",
    # Figures
    "evaluations": "évaluations",
    # Help
    "usage: ": "usage : ",
    "positional arguments": "arguments",
    "options": "options",
    "LASTNAME": "NOM",
    "Firstname": "Prénom",
    # Mistakes at the command line
    "{0}; see --help": "{0} ; voyez --help",
    "TODO {0}: {1} is not written yet": "TODO {0} : {1} n'est pas encore écrit",
    "unrecognized arguments: {0}": "arguments inconnus : {0}",
    "the following arguments are required: {0}": "il manque : {0}",
    "argument {0}: {1}": "argument {0} : {1}",
    "expected one argument": "une valeur est attendue",
    "expected at least one argument": "au moins une valeur est attendue",
    "expected {0} arguments": "{0} valeurs sont attendues",
    "invalid choice: {0} (choose from {1})": "choix inconnu : {0} (parmi {1})",
    "invalid float value: {0}": "{0} n'est pas un nombre",
    "ambiguous option: {0} could match {1}": "option ambiguë : {0} pourrait être {1}",
    "must be a whole number, at least 1, got {0}": "doit être un entier, au moins 1, et non {0}",
    "must be a whole number from 0 to 2^63 − 1, got {0}": "doit être un entier de 0 à 2^63 − 1, et non {0}",
    "unknown {0} '{1}': {2}": "{0} inconnu(e) : « {1} » ; {2}",
    "did you mean '{0}'?": "vouliez-vous dire « {0} » ?",
    "choose from: {0}": "choisissez parmi : {0}",
    "the GPU's memory is full: use a smaller --size, or --device cpu": (
        "la mémoire du GPU est pleine : prenez un --size plus petit, ou --device cpu"
    ),
    "the memory is full: use a smaller --size, and close other programs": (
        "la mémoire est pleine : prenez un --size plus petit, et fermez d'autres programmes"
    ),
    "device '{0}' is not available here: use --device cpu, or auto": (
        "l'appareil « {0} » n'est pas disponible ici : prenez --device cpu, ou auto"
    ),
    # Files
    "{0} is a folder: give a file, or one of these names: {1}": (
        "{0} est un dossier : donnez un fichier, ou un de ces noms : {1}"
    ),
    "no {0} file {1}: check the path, or choose from: {2}": (
        "pas de fichier {1} ({0}) : vérifiez le chemin, ou choisissez parmi : {2}"
    ),
    "{0} is a pointer of Git LFS, not the file itself: run `git lfs pull`, or download it": (
        "{0} est un pointeur de Git LFS, pas le fichier : lancez `git lfs pull`, ou téléchargez-le"
    ),
    "{0} is a web page, not the file itself: download it again": (
        "{0} est une page web, pas le fichier : téléchargez-le de nouveau"
    ),
    "cannot write {0}: it is a folder; give the name of a file in it": (
        "impossible d'écrire {0} : c'est un dossier ; donnez le nom d'un fichier"
    ),
    "cannot write '{0}': its name must end in {1}": "impossible d'écrire « {0} » : son nom doit finir par {1}",
    "cannot write {0}: {1}; choose another place": "impossible d'écrire {0} : {1} ; choisissez un autre endroit",
    "cannot write {0}: {1}; make room, or choose another place": (
        "impossible d'écrire {0} : {1} ; faites de la place, ou choisissez un autre endroit"
    ),
    "No space left on device": "plus de place sur le disque",
    "File too large": "le fichier dépasse la taille permise",
    "Permission denied": "accès refusé",
    "No such file or directory": "ce dossier n'existe pas",
    "cannot read {0}: it is truncated or no PyTorch file ({1})": (
        "{0} est illisible : tronqué, ou pas un fichier de PyTorch ({1})"
    ),
    "cannot read {0}: it is truncated or no .npy file ({1})": (
        "{0} est illisible : tronqué, ou pas un fichier .npy ({1})"
    ),
    "{0} is refused: it is no PyTorch file, or carries more than weights": (
        "{0} est refusé : ce n'est pas un fichier de PyTorch, ou il contient plus que des poids"
    ),
    "{0} is refused: it carries more than arrays ({1}) or is damaged": (
        "{0} est refusé : il contient plus que des tableaux ({1}), ou il est endommagé"
    ),
    "{0} holds no named tensors: expected the state_dict of a network": (
        "{0} ne contient pas de tenseurs nommés : un state_dict est attendu"
    ),
    "{0} holds no weights: expected a dict of name → [weight, bias]": (
        "{0} ne contient pas de poids : un dict nom → [poids, biais] est attendu"
    ),
    "{0} holds an array of {1}, expected a dict of weights": (
        "{0} contient un tableau de {1}, un dict de poids est attendu"
    ),
    # Handing in
    "'{0}' is no name: write python handin.py LASTNAME Firstname": (
        "« {0} » n'est pas un nom : écrivez python handin.py NOM Prénom"
    ),
    "{0} is missing: export your report as PDF and put it beside handin.py": (
        "{0} manque : exportez votre rapport en PDF et placez-le à côté de handin.py"
    ),
    "{0} is no readable PDF: export it again, as PDF": "{0} n'est pas un PDF lisible : exportez-le de nouveau en PDF",
    "{0} is locked by a password: export it without one": "{0} est protégé par un mot de passe : exportez-le sans",
    "{0} has no page: export it again": "{0} n'a aucune page : exportez-le de nouveau",
    "up to {0} people hand in together, each named once: see --help": (
        "on rend à {0} au plus, chacun nommé une fois : voyez --help"
    ),
    "nothing was written": "rien n'est écrit",
    # Options
    "who hands in with you: one archive, one mark": "qui rend avec vous : une archive, une note",
    "language: en or fr": "langue : en ou fr",
    "show this help message and exit": "afficher cette aide, et s'arrêter",
    # What the programs are
    "Hand the lab in: python handin.py LASTNAME Firstname [--with LASTNAME Firstname]": (
        "Rendre le TP : python handin.py NOM Prénom [--with NOM Prénom]"
    ),
}
