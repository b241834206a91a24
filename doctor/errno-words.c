/* SPDX-License-Identifier: Apache-2.0 */
/* In German, French, Spanish, Italian, Portuguese, Dutch, Polish, Czech, Swedish, Russian, Ukrainian,
 * Turkish, Japanese, Korean and Chinese, where they differ from the English. */
#include "doctor/errno-words.h"

const struct errno_words errno_words[ERRNO_ROWS] = {
	{
		/* EPERM */
		"operation not permitted",
		{ "die operation ist nicht erlaubt", "operation nicht erlaubt",
			"opération non permise", "operación no permitida",
			"operazione non permessa", "operação não permitida",
			"actie is niet toegestaan", "operacja niedozwolona",
			"operace není povolena", "operationen inte tillåten",
			"Операция не позволена", "Дію заборонено", "İşleme izin verilmedi",
			"許可されていない操作です", "명령을 허용하지 않음", "不允许的操作" },
	},
	{
		/* EACCES */
		"permission denied",
		{ "keine berechtigung", "berechtigung fehlt", "permission non accordée",
			"permiso denegado", "permesso negato", "permissão negada",
			"toegang geweigerd", "brak dostępu", "operace zamítnuta", "Åtkomst nekas",
			"Отказано в доступе", "Відмовлено у доступі", "erişim engellendi",
			"許可がありません", "허가 거부", "权限不够" },
	},
	{
		/* ENOENT */
		"no such file or directory",
		{ "datei oder verzeichnis nicht gefunden", "aucun fichier ou dossier de ce type",
			"no existe el fichero o el directorio", "file o directory non esistente",
			"arquivo ou diretório inexistente", "bestand of map bestaat niet",
			"nie ma takiego pliku ani katalogu", "adresář nebo soubor neexistuje",
			"filen eller katalogen finns inte", "Нет такого файла или каталога",
			"Немає такого файла або каталогу", "böyle bir dosya ya da dizin yok",
			"そのようなファイルやディレクトリはありません",
			"그런 파일이나 디렉터리가 없습니다", "没有那个文件或目录" },
	},
	{
		/* ENOSPC */
		"no space left on device",
		{ "auf dem gerät ist kein speicherplatz mehr verfügbar",
			"aucun espace disponible sur le périphérique",
			"no queda espacio en el dispositivo", "spazio esaurito sul device",
			"não há espaço disponível no dispositivo",
			"geen ruimte meer over op apparaat", "brak miejsca na urządzeniu",
			"na zařízení není volné místo", "enheten är full",
			"На устройстве не осталось свободного места",
			"Недостатньо місця на пристрої", "aygıt üzerinde boş yer yok",
			"デバイスに空き領域がありません", "장치에 남은 공간이 없음",
			"设备上没有空间" },
	},
	{
		/* EINVAL */
		"invalid argument",
		{ "das argument ist ungültig", "argument invalide", "argumento inválido",
			"argomento non valido", "ongeldig argument", "zły argument",
			"nepřípustný argument", "ogiltigt argument", "Недопустимый аргумент",
			"Некоректний аргумент", "geçersiz argüman", "無効な引数です",
			"부적절한 인수", "无效的参数" },
	},
	{
		/* EDQUOT */
		"disk quota exceeded",
		{ "der zugewiesene plattenplatz (quota) ist überschritten",
			"débordement du quota d'espace disque", "se ha excedido la cuota de disco",
			"quota disco superata", "cota da disco excedida",
			"schijfquotum is overschreden", "przekroczony limit dyskowy",
			"překročena disková kvóta", "diskkvot överskriden",
			"Превышена дисковая квота", "Перевищено квоту диска", "disk kotası aşıldı",
			"ディスク使用量制限を超過しました", "디스크 할당량이 초과됨",
			"超出磁盘限额" },
	},
	{
		/* EMFILE */
		"too many open files",
		{ "zu viele offene dateien", "trop de fichiers ouverts",
			"demasiados ficheros abiertos", "troppi file aperti",
			"muitos arquivos abertos", "te veel open bestanden",
			"za dużo otwartych plików", "překročen limit počtu otevřených souborů",
			"för många öppna filer", "Слишком много открытых файлов",
			"Забагато відкритих файлів", "Çok fazla açık dosya var",
			"ファイルを開きすぎです", "열린 파일이 너무 많음", "打开的文件过多" },
	},
	{
		/* EROFS */
		"read-only file system",
		{ "das dateisystem ist nur lesbar",
			"système de fichiers accessible en lecture seulement",
			"sistema de ficheros de sólo lectura", "file system in sola lettura",
			"sistema de arquivos somente para leitura",
			"bestandssysteem is alleen-lezen", "system plików wyłącznie do odczytu",
			"systém souborů je pouze pro čtení", "skrivskyddat filsystem",
			"Файловая система доступна только для чтения",
			"Файлова система тільки для зчитування", "salt-okunur dosya sistemi",
			"読み込み専用ファイルシステムです", "읽기전용 파일 시스템",
			"只读文件系统" },
	},
	{
		/* EBUSY */
		"device or resource busy",
		{ "das gerät oder die ressource ist belegt", "périphérique ou ressource occupé",
			"dispositivo o recurso ocupado", "dispositivo o risorsa occupata",
			"dispositivo ou recurso está ocupado", "apparaat of hulpbron is bezig",
			"urządzenie lub zasoby zajęte", "zařízení nebo zdroj jsou používány",
			"enhet eller resurs upptagen", "Устройство или ресурс занято",
			"Пристрій або ресурс зайнято", "aygıt ya da özkaynak meşgul",
			"デバイスもしくはリソースがビジー状態です", "장치나 자원이 동작 중",
			"设备或资源忙" },
	},
	{
		/* EAGAIN */
		"resource temporarily unavailable",
		{ "die ressource ist zur zeit nicht verfügbar",
			"ressource temporairement non disponible",
			"recurso no disponible temporalmente",
			"risorsa temporaneamente non disponibile",
			"recurso temporariamente indisponível",
			"hulpbron is tijdelijk onbeschikbaar", "zasoby chwilowo niedostępne",
			"prostředek je dočasně nepřístupný", "resursen tillfälligt otillgänglig",
			"Ресурс временно недоступен", "Ресурс тимчасово недоступний",
			"Özkaynak geçici olarak kullanılamaz durumda",
			"リソースが一時的に利用できません", "자원이 일시적으로 사용 불가능함",
			"资源暂时不可用" },
	},
	{
		/* ENODEV */
		"no such device",
		{ "kein passendes gerät gefunden", "aucun périphérique de ce type",
			"no existe el dispositivo", "nessun device corrisponde",
			"dispositivo inexistente", "onjuist apparaat", "nie ma takiego urządzenia",
			"takové zařízení neexistuje", "enheten finns inte", "Нет такого устройства",
			"Пристрою не знайдено", "böyle bir aygıt yok",
			"そのようなデバイスはありません", "그런 장치가 없음", "没有那个设备" },
	},
	{
		/* EOPNOTSUPP */
		"operation not supported",
		{ "die operation wird nicht unterstützt", "opération non supportée",
			"la operación no está soportada", "operazione non supportata",
			"operação sem suporte", "actie wordt niet ondersteund",
			"operacja nie obsługiwana", "operace není podporována",
			"operationen stöds ej", "Неподдерживаемая операция", "Дія не підтримується",
			"İşlem desteklenmiyor", "サポートされていない操作です",
			"명령을 지원하지 않음", "不支持的操作" },
	},
	{
		/* ENOTCONN */
		"transport endpoint is not connected",
		{ "der socket ist nicht verbunden", "noeud final de transport n'est pas connecté",
			"el otro extremo de la conexión no está conectado",
			"il socket di destinazione non è connesso",
			"ponto final de transporte não está conectado",
			"overdrachtseindpunt is niet verbonden", "drugi koniec nie jest połączony",
			"koncový komunikační bod není připojen",
			"transportslutpunkten är inte förbunden",
			"Конечная точка передачи не подсоединена",
			"Кінцеву точку передавання не з'єднано",
			"diğer uç aktarım için bağlı değil", "通信端点が接続されていません",
			"전송 종료지점이 연결되어 있지 않습니다", "传输端点尚未连接" },
	},
	{
		/* ECONNREFUSED */
		"connection refused",
		{ "verbindungsaufbau abgelehnt", "connexion refusée", "conexión rehusada",
			"connessione rifiutata", "conexão recusada", "verbinding is geweigerd",
			"połączenie odrzucone", "spojení odmítnuto", "förbindelsen förvägrad",
			"В соединении отказано", "У з'єднанні відмовлено", "bağlantı reddedildi",
			"接続を拒否されました", "연결이 거부됨", "拒绝连接" },
	},
	{
		/* ENOEXEC */
		"exec format error",
		{ "fehler im format der programmdatei", "erreur de format pour exec()",
			"formato de ejecutable incorrecto", "formato eseguibile non valido",
			"erro no formato exec", "verkeerd uitvoerbaar bestand",
			"błędny format pliku wykonywalnego", "chybný formát spustitelného souboru",
			"formatfel på körbar fil", "Ошибка формата выполняемого файла",
			"Помилка, пов'язана з форматом виконуваних файлів",
			"Çalıştırılabilir biçem hatası", "実行形式エラー", "exec 형식 오류",
			"可执行文件格式错误" },
	},
	{
		/* EUSERS */
		"too many users",
		{ "zu viele benutzer", "trop d'usagers", "demasiados usuarios", "troppi utenti",
			"muitos usuários", "te veel gebruikers", "za dużo użytkowników",
			"příliš mnoho uživatelů", "för många användare",
			"Слишком много пользователей", "Забагато користувачів",
			"Çok fazla kullanıcı var", "ユーザが多すぎます", "사용자가 너무 많음",
			"用户过多" },
	},
	{
		/* ENOMEM */
		"cannot allocate memory",
		{ "nicht genügend hauptspeicher verfügbar", "ne peut allouer de la mémoire",
			"no se pudo asignar memoria", "impossibile allocare memoria",
			"não foi possível alocar memória", "onvoldoende geheugen beschikbaar",
			"nie można przydzielić pamięci", "nelze alokovat paměť",
			"kan inte allokera minne", "Невозможно выделить память",
			"Не вдалося розподілити пам'ять", "bellek ayrılamadı",
			"メモリを確保できません", "메모리를 할당할 수 없습니다", "无法分配内存" },
	},
};
