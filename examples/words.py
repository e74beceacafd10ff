"""Word lists of the example company. Every name is made up; every address and number can belong to nobody.

Telephone numbers are from the ranges that Ofcom keeps free for drama, host names from RFC 2606, IP addresses from
RFC 5737. Postcodes use letters in the second half (C, I, K, M, O, V) that Royal Mail never gives out.
"""

# lists of sentences: one a line
from __future__ import annotations

# Given and family names go together, so that nobody is called Nguyễn Lindqvist more often than in life.
NAMES: tuple[tuple[str, str], ...] = (
    (
        "Sarah James Emma Oliver Jack Charlotte Amelia Harry Lucy Daniel Sophie Thomas Rachel Adam Hannah Peter "
        "Joanne Mark Alison Graham Judith Callum Fiona Ewan",
        "Barker Holloway Fletcher Whitmore Ashdown Carter Pemberton Lister Marsden Thorpe Hartley Dunmore "
        "McAllister Sinclair Brodie Wainwright Cartwright Peel Sharples Tomlinson",
    ),
    (
        "Aoife Siobhán Niamh Ciarán Pádraig Róisín Seán Gráinne Declan Orla",
        "O'Connell Ní Dhomhnaill Ó Briain Kavanagh Gallagher O'Rourke Fitzgerald Mulcahy",
    ),
    (
        "Siân Gethin Rhys Carys Eluned Dafydd Angharad Owain",
        "Pryce-Jones Llewellyn Gwynne Bevan ap Rhys Morgan-Hughes",
    ),
    (
        "Chidi Ngozi Adaeze Emeka Folake Tunde Yetunde Ifeoma Segun",
        "Okonkwo Adeyemi Eze Balogun Okafor Nwosu Adébáyọ̀",
    ),
    (
        "Priya Arjun Meera Rohan Ananya Vikram Kavita Sanjay",
        "Sharma Patel Iyer Chakraborty Nair Deshmukh Reddy Banerjee",
    ),
    (
        "Ayesha Imran Zainab Bilal Fatima Hamza Sadia Usman",
        "Khan Qureshi Malik Siddiqui Chaudhry Mirza Sheikh",
    ),
    (
        "Łukasz Agnieszka Małgorzata Wojciech Katarzyna Paweł Bożena Stanisław",
        "Żółkiewski Wiśniewska Kowalczyk Dąbrowski Błaszczyk Szczepańska Gęś",
    ),
    ("Wei Mei Jun Xiu Hao Lan Yan Bo", "Chen Zhang Liu Huang Zhao Lin Xu Wu"),
    ("Eleni Nikos Dimitra Yannis Sofia Kostas", "Papadaki Georgiou Nikolaidis Stavrou Economou"),
    (
        "Leila Omar Yasmin Karim Nadia Hassan Rania Tariq",
        "Haddad El-Masri Al-Sayed Mansour Khoury Ben Youssef",
    ),
    ("Giulia Matteo Chiara Lorenzo Francesca Nicolò", "Rossi Esposito Bianchi D'Angelo Ricci Fumagalli"),
    ("Chloé François Amélie Étienne Hélène Benoît", "Lefèvre Dubois Giráud Besançon de la Cour Béranger"),
    ("Jürgen Käthe Björn Anja Götz Ute", "Groß Müller Schäfer Weiß Köhler von Bülow"),
    (
        "Bengt Åsa Sólveig Øyvind Freja Håkan Ingrid Søren",
        "Lindqvist Ångström Østergaard Jónsdóttir Bjørnsson Nygård",
    ),
    ("João Inês Tiago Beatriz Conceição Gonçalo", "Araújo Simões da Silva Guimarães Falcão"),
    ("Marcia Delroy Winston Beverley Leroy Shanice", "Campbell Grant Bailey Thompson-Reid Facey Powell"),
    ("Nguyễn Trần Lê", "Thị Ánh Văn Đức Minh Châu Quốc Bảo"),
    ("Ayşe Mehmet İpek Emre Gülşen", "Yıldız Öztürk Demir Çelik Şahin"),
    ("Oksana Dmytro Halyna Taras", "Kovalenko Shevchuk Bondarenko Melnyk"),
    ("Tamás Zsófia Ágnes Gergő", "Szűcs Kovács Tóth Horváth-Nagy"),
)
# Family names of two words in the lists above.
PAIRED: tuple[str, ...] = (
    "Ní Dhomhnaill",
    "Ó Briain",
    "ap Rhys",
    "Ben Youssef",
    "de la Cour",
    "von Bülow",
    "da Silva",
)
PAIRED += ("Thị Ánh", "Văn Đức", "Minh Châu", "Quốc Bảo")

# Town, outward part of the postcode, first part of its drama telephone numbers.
TOWNS: tuple[tuple[str, str, str], ...] = (
    ("Bristol", "BS", "0117 496 0"),
    ("London", "SE", "020 7946 0"),
    ("Bristol", "BS", "0117 496 0"),
    ("Bath", "BA", "0117 496 0"),
    ("London", "N", "020 7946 0"),
    ("Gloucester", "GL", "0117 496 0"),
    ("Swindon", "SN", "0117 496 0"),
    ("Weston-super-Mare", "BS", "0117 496 0"),
)
STREETS = [
    "Quarry Lane",
    "Mill Rise",
    "Saltmarsh Road",
    "Harbour View",
    "Old Tannery Yard",
    "Orchard Close",
    "Signal Box Road",
    "Weavers Row",
    "St Brannock's Terrace",
    "Kiln Street",
    "Lark Hill",
    "Canal Walk",
    "Station Approach",
    "The Malthouse",
    "Upper Ferry Road",
    "Copperfield Drive",
    "Beacon Avenue",
    "Marlpit Lane",
    "Tidewater Way",
    "Gasworks Square",
]
COMPANIES = [
    "Saltmarsh Joinery",
    "Brightwater Dental",
    "Fennel & Thyme Catering",
    "Kestrel Surveyors",
    "Old Dock Brewery",
    "Tidewater Lettings",
    "Quarry Lane Veterinary Practice",
    "Northgate Accountancy",
    "Larkhill Nursery School",
    "Copper Kettle Cafés",
    "Amberley Print",
    "Weavers Row Architects",
    "Harbour Lights Hotel",
    "Marlpit Garden Centre",
    "Beacon Physiotherapy",
    "Ferryman Logistics",
    "Signal Box Bicycles",
    "Oakapple Solicitors",
    "Thornbury Lane Pharmacy",
    "Malthouse Studios",
    "Gasworks Gallery",
    "Penhallow Insurance Brokers",
    "Sunrise Care Homes",
    "Two Rivers Housing Trust",
    "Ironbridge Tools",
    "Cathedral Close Opticians",
]
ENDINGS = ("Ltd", "Ltd", "LLP", "Limited", "CIC")
JOBS = [
    "Office manager",
    "Director",
    "Finance assistant",
    "Practice manager",
    "Warehouse supervisor",
    "Head of operations",
    "Receptionist",
    "Bookkeeper",
    "Partner",
    "Site manager",
    "IT contact",
    "Marketing officer",
    "Business owner",
    "HR adviser",
]
AGENTS = [
    "Imran Qureshi",
    "Kasia Lis",
    "Tom Abara",
    "Sue Parry",
    "Megan Frost",
    "Dev Anand",
    "Ruth Ellery",
    "Colin Stubbs",
    "Yusuf Demir",
    "Hattie Cole",
]
COLLEAGUES = [
    "Priya",
    "Tom in accounts",
    "Margaret",
    "Dan from the warehouse",
    "our trainee Ellie",
    "Mr Osei",
    "Janet",
    "Kwame",
    "my partner",
]

COMPUTERS = ("LAPTOP", "DESKTOP", "OFFICE", "RECEPTION", "FRONTDESK", "HOME")
BROWSERS = (
    "Firefox 128 on Windows 11",
    "Chrome 126 on Windows 10",
    "Edge 125 on Windows 11",
    "Safari 17 on iPhone",
    "Safari 16 on macOS",
    "Chrome 124 on Android",
)
NETWORKS = ("192.0.2.", "198.51.100.", "203.0.113.")  # RFC 5737

# Name, plans with a price a month, whether it is charged per licence.
SERVICES: tuple[tuple[str, tuple[tuple[str, str], ...], bool], ...] = (
    ("Broadband", (("FTTC 80/20", "38.00"), ("FTTP 150/30", "44.50"), ("FTTP 900/115", "61.00")), False),
    (
        "Office 365",
        (("Business Basic", "5.60"), ("Business Standard", "11.70"), ("Business Premium", "20.80")),
        True,
    ),
    ("Managed support", (("Bronze", "24.00"), ("Silver", "39.00"), ("Gold", "65.00")), False),
    ("Cloud backup", (("250 GB", "9.50"), ("1 TB", "22.00")), False),
    ("VoIP telephony", (("Two lines", "18.00"), ("Small office", "54.00")), False),
    ("Domain and web hosting", (("Starter", "6.00"), ("Business", "14.00")), False),
    ("Email security", (("Standard", "2.40"), ("Plus", "4.10")), True),
)
HARDWARE: tuple[tuple[str, str], ...] = (
    ('14" laptop, 16 GB memory, 512 GB SSD', "849.00"),
    ('15.6" laptop, 8 GB memory, 256 GB SSD', "569.00"),
    ("Small desktop computer, 16 GB memory", "629.00"),
    ('27" monitor with USB-C', "249.00"),
    ("Colour laser printer, duplex", "319.00"),
    ("Toner set for colour laser printer (black, cyan, magenta, yellow)", "184.50"),
    ("Wi-Fi 6 router", "119.00"),
    ("24-port network switch", "228.00"),
    ("4 TB network drive", "389.00"),
    ("USB-C docking station", "146.00"),
    ("Headset with microphone", "54.99"),
    ("Battery back-up, 900 VA", "139.00"),
    ("Webcam, full HD", "62.00"),
    ("Wireless keyboard and mouse", "41.50"),
)
SOFTWARE: tuple[tuple[str, str], ...] = (
    ("Office Home & Business, one-off licence", "249.99"),
    ("Accounts package, annual licence", "312.00"),
    ("Antivirus, 3 devices, 1 year", "44.00"),
    ("PDF editor, perpetual licence", "129.00"),
    ("Bespoke stock database: further development, 1 day", "560.00"),
    ("Design suite, annual licence", "598.00"),
    ("Password manager, family plan, 1 year", "48.00"),
)
WEB: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Customer portal",
        ("Signed in", "Looked at invoices", "Downloaded an invoice", "Opened a support ticket", "Signed out"),
    ),
    ("Office 365", ("Signed in", "Changed password", "Set up MFA", "Sign-in refused: wrong password")),
    ("Webmail", ("Signed in", "Signed out", "Changed the signature")),
    ("Cloud backup", ("Backup finished", "Restored a file", "Signed in")),
    ("Remote desktop gateway", ("Connected", "Disconnected", "Connection refused: session expired")),
    ("Broadband usage page", ("Looked at usage", "Ran a speed test")),
)
# Recipient, its kind in the register, what was given, why.
DISCLOSURES: tuple[tuple[str, str, str, str], ...] = (
    (
        "Westcountry Carriers Ltd",
        "hardware-suppliers",
        "Name, delivery address and telephone number",
        "To deliver an order",
    ),
    (
        "Fibrelink Wholesale plc",
        "it-and-telecoms-providers",
        "Name, address and line number",
        "To install or repair a broadband line",
    ),
    (
        "Cloudshelf Licensing Ltd",
        "software-suppliers",
        "Name and e-mail address",
        "To set up Office 365 licences",
    ),
    (
        "Northern Peak Distribution Ltd",
        "hardware-suppliers",
        "Company name and delivery address",
        "To send hardware straight from the warehouse",
    ),
    (
        "Backup Vault Services Ltd",
        "software-suppliers",
        "Name, e-mail address and computer name",
        "To set up cloud backup",
    ),
    (
        "Carrier Numbers Exchange Ltd",
        "it-and-telecoms-providers",
        "Name, address and telephone number",
        "To move a telephone number to us",
    ),
)
