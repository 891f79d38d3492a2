using System.CommandLine;

namespace LlmTelemetry.Service;

/// <summary>What <c>--help</c> shows of each command, so that the first try works.</summary>
internal static class Examples
{
    private static readonly string[] All =
    [
        "report --by user",
        "report --by user --from 2026-11-01 --to 2026-11-30",
        "report --by provider,model --where feature=search --by-bucket",
        "report --by client,tag:plan --where environment=production",
        "report --session 7f3a --json",
        "report --by day --store redis://localhost:6379 --format csv > november.csv",
        "top user --count 20",
        "trend --by model",
        "forecast --where tenant=acme",
        "insights --from 2026-11-01 --to 2026-11-30",
        "reprice --from 2026-11-01 --to 2026-11-30 --prices prices.json",
        "reprice --list",
        "records --where user=ada --success false --format jsonl",
        "export --what usage --by user,model --from 2026-11-01 --to 2026-11-30 --out usage-{month}.csv",
        "export --daily --out usage-{date}.csv.gz",
        "import calls.jsonl --book",
        "price --model claude-sonnet-4-5 --input 12000 --cache-read 10000 --output 800 --explain",
        "price --model gpt-5.4 --input 300000 --output 2000 --service-tier batch --at 2026-11-22T12:00:00Z",
        "price --jsonl calls.jsonl > costs.jsonl",
        "prices check prices.json",
        "prices diff old.json new.json --json",
        "prices update --npm @pydantic/genai-prices --output prices.json",
        "budget list --limit daily",
        "budget show --user ada --tier free",
        "budget set daily 5 --subject ada",
        "budget unset daily --subject ada",
        "budget reset daily --subject ada --yes",
        "erase --user ada",
        "prune --what records --before 2026-10-01 --yes",
        "clear --store sqlite:test.db",
        "doctor --json",
        "serve",
        "serve --urls http://127.0.0.1:4321 --store redis://localhost:6379",
        "serve --new-key collector --scopes write",
        "serve",
        "serve --urls http://127.0.0.1:4321 --store redis://localhost:6379",
        "serve --new-key collector --scopes write",
    ];

    /// <summary>Those of a command and of the verbs below it.</summary>
    public static IEnumerable<string> Of(Command command)
    {
        var path = PathOf(command);
        return All.Where(example => path.Length == 0 || (example + " ").StartsWith(path + " ", StringComparison.Ordinal)).Select(example => "llmtelemetry " + example);
    }

    private static string PathOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent
        ? $"{PathOf(parent)} {command.Name}".TrimStart()
        : "";
}
