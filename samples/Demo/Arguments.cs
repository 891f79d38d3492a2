using System.Globalization;

namespace LlmTelemetry.Demo;

/// <summary>What the command line says: a verb, and what follows it.</summary>
/// <param name="Verb">What to do; null: only the usage is asked for.</param>
/// <param name="Values">What the options say, by their names.</param>
internal sealed record Arguments(string? Verb, IReadOnlyDictionary<string, string> Values)
{
    public const string Usage = """
        dotnet run --project samples/Demo -- VERB [--option VALUE]...

        history   Days of a company's traffic, through the real tracker, ledger and budgets, in fast time: the same calls for the same day.
          --out DIR         where Prometheus' data goes: prometheus --storage.tsdb.path=DIR (promtool must be on PATH)
          --store ADDRESS   the ledger: sqlite:FILE (default: DIR/ledger.db) or redis://HOST:PORT. Budgets go on there, too
          --days N          how many, up to now (default: 8)
          --service ADDR    where Prometheus will scrape `llmtelemetry serve` (default: 127.0.0.1:4320): its series go on there
          --rules DIR       also what the recording rules in DIR would have recorded: prometheus/rules (prometheus must be on PATH)
          --text            keep the OpenMetrics text in DIR/openmetrics

        settings  Prints what `llmtelemetry serve --config` wants to have for such a ledger.
          --days N          how long the history is (default: 8)

        live      Steady traffic where the history ended, and one small budget overspent, until Ctrl-C.
          --store ADDRESS   the ledger
          --days N          how long its history is (default: 8)
          --otlp URL        where metrics are sent by OTLP over HTTP, with its path: .../v1/metrics
          --chat URL        samples/AspNetChat: its users ask, too

        check     Whether panels have data, an alert fires, and Alertmanager has it: ends with 0, or with 1 and what is missing.
          --prometheus URL --alertmanager URL --dashboards DIR
          --seconds N       how long it may take to come (default: 90)
          --scraped-only    only what is scraped: this Prometheus receives no OTLP
        """;

    private static readonly string[] Flags = ["text", "scraped-only"];

    /// <exception cref="FormatException">They are wrong; the message says how, in one line.</exception>
    public static Arguments Parse(IReadOnlyList<string> args)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        if (args.Count == 0 || args.Any(arg => arg is "--help" or "-h" or "-?"))
        {
            return new(null, values);
        }

        for (var i = 1; i < args.Count; i++)
        {
            var name = args[i].StartsWith("--", StringComparison.Ordinal) ? args[i][2..] : throw new FormatException($"'{args[i]}' is no option.");
            values[name] = Flags.Contains(name) ? "" : ++i < args.Count ? args[i] : throw new FormatException($"--{name} needs a value.");
        }

        return new(args[0], values);
    }

    /// <exception cref="FormatException">It is not said.</exception>
    public string Text(string name) => Values.GetValueOrDefault(name) ?? throw new FormatException($"{Verb} needs --{name}.");

    public string Text(string name, string orElse) => Values.GetValueOrDefault(name, orElse);

    /// <exception cref="FormatException">It is no positive number.</exception>
    public double Number(string name, double orElse) =>
        !Values.TryGetValue(name, out var said) ? orElse
        : double.TryParse(said, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
        : throw new FormatException($"--{name} must be a positive number, not '{said}'.");

    /// <summary>An address; null where none is said.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public Uri? Address(string name) =>
        !Values.TryGetValue(name, out var said) ? null
        : Uri.TryCreate(said, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttp ? address
        : throw new FormatException($"--{name} must be an address such as http://127.0.0.1:4318, not '{said}'.");

    public bool Has(string flag) => Values.ContainsKey(flag);

    /// <exception cref="FormatException">One is not among them.</exception>
    public void Allow(params string[] names)
    {
        if (Values.Keys.FirstOrDefault(name => !names.Contains(name)) is { } stranger)
        {
            throw new FormatException($"{Verb} has no option --{stranger}.");
        }
    }
}
