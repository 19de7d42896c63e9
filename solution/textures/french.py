"""The French of what this lab's programs say, by the English, for workbench/languages.py.

{0}, {1}, … stand for what is filled in, in its order there.
"""

FRENCH = {
    # Results
    "wrote {0}": "{0} est écrit",
    "wrote {0}.{1}": "{0}.{1} est écrit",
    "wrote {0}: above without redresse, below with it": "{0} est écrit : en haut sans redresse, en bas avec",
    "wrote {0}, its card and {1}: python sample_texturenet.py {2} shows more": (
        "{0}, sa fiche et {1} sont écrits : python sample_texturenet.py {2} en montre davantage"
    ),
    "interrupted: keeping the best image so far": "interrompu : la meilleure image obtenue est gardée",
    "{0}; {1} has what was made before, {2}×{3} pixels": "{0} ; {1} contient ce qui a été fait avant, {2}×{3} pixels",
    "interrupted: keeping the picture as it stands, {0}×{1} pixels": (
        "interrompu : l'image est gardée telle qu'elle est, {0}×{1} pixels"
    ),
    "stopped: the same command goes on from here": "arrêté : la même commande reprendra d'ici",
    "the loss left the finite numbers: keeping the best image before that": (
        "la perte n'est plus un nombre fini : la meilleure image d'avant est gardée"
    ),
    "training": "apprentissage",
    # Figures
    "exemplar": "exemplaire",
    "synthesis": "synthèse",
    "after {0} steps": "après {0} pas",
    "with another noise": "avec un autre bruit",
    "its generator": "son générateur",
    "λ = 1/2, straightened": "λ = 1/2, redressé",
    "{0} and {1} only": "{0} et {1} seulement",
    "{0}, frame {1}": "{0}, image {1}",
    "layers": "couches",
    "default": "par défaut",
    "{0}  (default)": "{0}  (par défaut)",
    "{0} parameters": "{0} paramètres",
    "loss": "perte",
    "loss at full size": "perte, à la taille finale",
    "evaluations of loss and gradient": "évaluations de la perte et du gradient",
    "evaluations of the loss": "évaluations de la perte",
    "relative loss": "perte relative",
    "loss, log scale": "perte, échelle logarithmique",
    "relative loss, log scale": "perte relative, échelle logarithmique",
    "steps": "pas",
    "frames": "images",
    "large": "grande image",
    "strips": "bandes",
    # Mistakes at the command line
    "optimizer": "optimiseur",
    "start": "départ",
    "piece": "partie",
    "format": "format",
    "mode": "mode",
    "layer": "couche",
    "pooling": "pooling",
    "extractor": "extracteur",
    "picture": "image",
    "model": "modèle",
    "the loss of {0} is not finite, and nothing is written: try other --layers": (
        "la perte de {0} n'est pas finie, et rien n'est écrit : essayez d'autres --layers"
    ),
    "the loss is not finite: try other layers": "la perte n'est pas finie : essayez d'autres couches",
    "a --large picture starts from --init spectrum, and has no --panel": (
        "une image --large part de --init spectrum, et n'a pas de --panel"
    ),
    "a film needs at least 2 frames, got --frames {0}": "un film veut au moins 2 images, et non --frames {0}",
    "the films of a moving square of {0} pixels need a larger --wide, got {1}: try 256": (
        "les films d'un carré de {0} pixels qui se déplace veulent un --wide plus grand que {1} : essayez 256"
    ),
    "--learning-rate must be between 0 and 1, got {0}: try 0.02": (
        "--learning-rate doit être entre 0 et 1, et non {0} : essayez 0.02"
    ),
    # Pictures, films, sizes
    "an image has the shape (B, 3, H, W), got {0}": "une image est de forme (B, 3, H, W), et non {0}",
    "no layer is named: choose from: {0}": "aucune couche n'est nommée : choisissez parmi : {0}",
    "the random extractor takes no weights: leave --weights out, or use another --extractor": (
        "l'extracteur aléatoire n'a pas de poids : ôtez --weights, ou prenez un autre --extractor"
    ),
    "an image of {0}×{1} pixels is too small for the layers of scale {2}: at least {3}×{4} is needed": (
        "une image de {0}×{1} pixels est trop petite pour les couches de l'échelle {2} : il faut au moins {3}×{4}"
    ),
    "an image of {0}×{1} pixels is too small for {2}: at least {3}×{4} is needed": (
        "une image de {0}×{1} pixels est trop petite pour {2} : il faut au moins {3}×{4}"
    ),
    "{0} has pixels that are not numbers (NaN or infinite): save it as PNG": (
        "{0} a des pixels qui ne sont pas des nombres (NaN ou infinis) : enregistrez-la en PNG"
    ),
    "the picture is all of one colour: it has no texture; choose another": (
        "l'image est d'une seule couleur : elle n'a pas de texture ; choisissez-en une autre"
    ),
    "{0} {1}: use a PNG or JPEG file": "{0} {1} : prenez un fichier PNG ou JPEG",
    "is no picture": "n'est pas une image",
    "the picture {0} has more than 178 million pixels: make it smaller first": (
        "l'image {0} a plus de 178 millions de pixels : réduisez-la d'abord"
    ),
    "{0} has weights that are not finite: train it again, with a smaller --learning-rate": (
        "{0} a des poids qui ne sont pas finis : recommencez l'apprentissage, avec un --learning-rate plus petit"
    ),
    "cannot read the picture {0} ({1}): is it complete?": "l'image {0} est illisible ({1}) : est-elle complète ?",
    "size must be at least 1 pixel, got {0}": "la taille doit être d'au moins 1 pixel, et non {0}",
    "size must be a multiple of {0}, got {1}: try {2}": (
        "la taille doit être un multiple de {0}, et non {1} : essayez {2}"
    ),
    "scales must be at least 1, and not so many that no pixel is left, got {0}: try 3": (
        "il faut au moins 1 échelle, et pas au point qu'il ne reste aucun pixel ; {0} ne convient pas : essayez 3"
    ),
    "a film of a square of {0} pixels must be larger than that, got size {1}: try 256": (
        "un film d'un carré de {0} pixels doit être plus grand que lui ; {1} ne convient pas : essayez 256"
    ),
    "a film needs frames (N, 3, H, W) with H and W even, got {0}": (
        "un film veut des images (N, 3, H, W), H et W pairs, et non {0}"
    ),
    "fps must be at least 1, got {0}": "fps doit être au moins 1, et non {0}",
    "PyAV, which writes {0}, is not installed here: choose .gif, or pip install av": (
        "PyAV, qui écrit les {0}, n'est pas installé ici : choisissez .gif, ou faites pip install av"
    ),
    "the FFmpeg that is installed here writes no {0}: choose .gif, or pip install av again": (
        "le FFmpeg installé ici n'écrit pas de {0} : choisissez .gif, ou refaites pip install av"
    ),
    # Training
    "single images of 32 pixels leave batch norm one number to average: use --batch 8 or --size 64": (
        "des images seules de 32 pixels laissent à la batch norm un seul nombre : prenez --batch 8 ou --size 64"
    ),
    "the loss is {0} after {1} steps: it does not come down again; use a smaller --learning-rate than {2}": (
        "la perte vaut {0} après {1} pas, et ne redescend pas : prenez un --learning-rate plus petit que {2}"
    ),
    "{0} is no checkpoint of this training: delete it, or give another -o": (
        "{0} n'est pas un état de cet apprentissage : supprimez-le, ou donnez un autre -o"
    ),
    "{0} belongs to a training with {1}: delete it, or give another -o": (
        "{0} vient d'un apprentissage avec {1} : supprimez-le, ou donnez un autre -o"
    ),
    # Files
    "{0} is not the file that its card {1}.json describes: {2}": (
        "{0} n'est pas le fichier que décrit sa fiche {1}.json : {2}"
    ),
    "cannot read the card {0}: expected an object of JSON": ("la fiche {0} est illisible : un objet JSON est attendu"),
    "cannot read the card {0}: {1}": "la fiche {0} est illisible : {1}",
    "the card of {0} has values that are not finite, and nothing is written": (
        "la fiche de {0} a des valeurs qui ne sont pas finies, et rien n'est écrit"
    ),
    "the weights are not finite, and {0} is not written: use a smaller --learning-rate": (
        "les poids ne sont pas finis, et {0} n'est pas écrit : prenez un --learning-rate plus petit"
    ),
    "{0} holds no TextureNet: its keys are not cb1_1.conv1.weight, …": (
        "{0} ne contient pas de TextureNet : ses clés ne sont pas cb1_1.conv1.weight, …"
    ),
    "{0} does not fit TextureNet: {1} is not in both, with one shape ({2} such names); the docstrings say how "
    "attributes are called": (
        "{0} ne convient pas à TextureNet : {1} n'est pas dans les deux, avec la même forme ({2} noms dans ce cas) ; "
        "les docstrings disent comment s'appellent les attributs"
    ),
    "cannot read {0}: it is truncated or no safetensors file ({1}): {2}": (
        "{0} est illisible : tronqué, ou pas un fichier safetensors ({1}) : {2}"
    ),
    "the weights of the learned features are missing ({0}): {1}": (
        "les poids des caractéristiques apprises manquent ({0}) : {1}"
    ),
    "{0} holds no learned features ({1}{2}): {3}": "{0} ne contient pas de caractéristiques apprises ({1}{2}) : {3}",
    "{0} holds no learned features: {1} has the shape {2}: {3}": (
        "{0} ne contient pas de caractéristiques apprises : {1} est de forme {2} : {3}"
    ),
    "{0}: {1} has values that are not finite: {2}": "{0} : {1} a des valeurs qui ne sont pas finies : {2}",
    "{0} holds no VGG-19: expected features.0.weight or conv1_1.weight, found {1} …": (
        "{0} ne contient pas VGG-19 : features.0.weight ou conv1_1.weight est attendu, on trouve {1} …"
    ),
    "{0} holds no VGG-19: expected the convolutions conv1_1, conv1_2, … without a gap": (
        "{0} ne contient pas VGG-19 : les convolutions conv1_1, conv1_2, … sont attendues, sans trou"
    ),
    "{0} holds no VGG-19: {1} has the shape {2}": "{0} ne contient pas VGG-19 : {1} est de forme {2}",
    "no weights file {0}: check the path, or leave it out to download VGG-19": (
        "pas de fichier de poids {0} : vérifiez le chemin, ou ôtez-le pour télécharger VGG-19"
    ),
    "{0}: {1} has values that are not finite: is the file damaged?": (
        "{0} : {1} a des valeurs qui ne sont pas finies : le fichier est-il endommagé ?"
    ),
    "VGG-19's weights could not be downloaded ({0}): give a file with --weights FILE (torchvision's .pth, "
    "vgg_conv.pth or vgg19.npy), or use --extractor learned, which the lab has": (
        "les poids de VGG-19 n'ont pas pu être téléchargés ({0}) : donnez un fichier par --weights FICHIER (le .pth "
        "de torchvision, vgg_conv.pth ou vgg19.npy), ou prenez --extractor learned, que le TP contient"
    ),
    # Options
    "a picture, or the name of one in images/": "une image, ou le nom de l'une de celles d'images/",
    "learned (the default), random or vgg19": "learned (par défaut), random ou vgg19",
    "learned (the default), random or vgg19 (a download)": "learned (par défaut), random ou vgg19 (à télécharger)",
    "a square of this side, as large as you like": "un carré de ce côté, aussi grand qu'on veut",
    "also one sample of this side, as large as you like": "aussi un échantillon de ce côté, aussi grand qu'on veut",
    "for vgg19: torchvision's .pth, vgg_conv.pth or vgg19.npy; for learned": (
        "pour vgg19 : le .pth de torchvision, vgg_conv.pth ou vgg19.npy ; pour learned"
    ),
    "for vgg19: max (the default) or avg": "pour vgg19 : max (par défaut) ou avg",
    "the layers to match; see --list-layers": "les couches à imiter ; voyez --list-layers",
    "the layers to match; python gatys.py --list-layers": "les couches à imiter ; python gatys.py --list-layers",
    "print the layers of the extractor, and stop": "afficher les couches de l'extracteur, et s'arrêter",
    "shorter side of exemplar and result in pixels; 256": (
        "petit côté de l'exemplaire et du résultat, en pixels ; 256"
    ),
    "evaluations of the loss at each scale; 150": "évaluations de la perte à chaque taille ; 150",
    "sizes from coarse to fine; default: down to 64 pixels": (
        "nombre de tailles, du grossier au fin ; par défaut jusqu'à 64 pixels"
    ),
    "start: spectrum (noise like the exemplar's) or noise (white)": (
        "départ : spectrum (un bruit au spectre de l'exemplaire) ou noise (blanc)"
    ),
    "lbfgs (the default) or adam": "lbfgs (par défaut) ou adam",
    "auto (the default), cpu, cuda or mps": "auto (par défaut), cpu, cuda ou mps",
    "of the noise; 0": "du bruit ; 0",
    "also write a figure: exemplar, result, loss curve": (
        "écrire aussi une figure : exemplaire, résultat, courbe de perte"
    ),
    "the picture to write; default: IMAGE_gatys.png": "l'image à écrire ; par défaut IMAGE_gatys.png",
    "a model file, or the name of one in models/": "un fichier de modèle, ou le nom de l'un de ceux de models/",
    "some of: {0}": "parmi : {0}",
    "side of samples and film, a multiple of 32; 256": "côté des échantillons et du film, multiple de 32 ; 256",
    "side of the displacement films; 512": "côté des films de déplacement ; 512",
    "of each film; 30": "de chaque film ; 30",
    "frames per second; 12": "images par seconde ; 12",
    "of the films: mp4 (the default), webm or gif": "des films : mp4 (par défaut), webm ou gif",
    "where the files go; default: a folder named as the model": (
        "où vont les fichiers ; par défaut un dossier du nom du modèle"
    ),
    "shorter side of the exemplar in pixels; 256": "petit côté de l'exemplaire, en pixels ; 256",
    "side of the images trained on, a multiple of 32; 128": (
        "côté des images de l'apprentissage, multiple de 32 ; 128"
    ),
    "images per step at the end, four times those before; 4": (
        "images par pas à la fin, quatre fois celles du début ; 4"
    ),
    "how many; 3000": "combien ; 3000",
    "the highest; 0.02": "le plus haut ; 0.02",
    "steps between checkpoints and sample sheets; 100": (
        "pas entre deux états enregistrés, avec une planche d'échantillons ; 100"
    ),
    "of the first weights and the noise; 0": "des premiers poids et du bruit ; 0",
    "the model to write; default: IMAGE.safetensors": "le modèle à écrire ; par défaut IMAGE.safetensors",
    # What the programs are
    "Texture synthesis by optimising pixels (Gatys et al. 2015): {0}": (
        "Synthèse de texture par optimisation des pixels (Gatys et al. 2015) : {0}"
    ),
    "Train a Texture Network on one exemplar (Ulyanov et al. 2016): {0}": (
        "Entraîne un Texture Network sur un exemplaire (Ulyanov et al. 2016) : {0}"
    ),
    "Samples and films of a trained Texture Network: {0}": "Échantillons et films d'un Texture Network entraîné : {0}",
}
