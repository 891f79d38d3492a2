using System.CommandLine;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry prices update</c>: writes a price file from a feed, once it has passed the checks.</summary>
internal sealed class PricesUpdateCommand : Command
{
    private const int FewGone = 5;

    private readonly Option<string?> _from = new("--from") { Description = "A price file, or a list of LiteLLM, models.dev or genai-prices.", HelpName = "file" };
    private readonly Option<string?> _npm = new("--npm") { Description = "A package with such a list, fetched by your own npm: @pydantic/genai-prices.", HelpName = "package" };
    private readonly Option<string> _output = new("--output") { Description = "The price file to write.", HelpName = "file", Required = true };
    private readonly Option<bool> _force = new("--force") { Description = "Write the file although a check failed." };
    private readonly Option<string[]> _allow = PricesCommand.Allow();
    private readonly Option<bool> _verbose = PricesCommand.Verbose();
    private readonly FormatOption _format = FormatOption.TextOrJson();
    private readonly Func<string, string?> _environment;
    private readonly TimeProvider _time;

    public PricesUpdateCommand(Func<string, string?> environment, TimeProvider time)
        : base("update", "Reads prices, checks them, shows what changes and writes them. Exit codes: 0 written, 1 a check failed and nothing was written, 2 wrong arguments or unreadable.")
    {
        _environment = environment;
        _time = time;
        foreach (var option in new Option[] { _from, _npm, _output, _force, _allow, _verbose, _format })
        {
            Add(option);
        }

        Validators.Add(result =>
        {
            if (result.GetValue(_from) is null == result.GetValue(_npm) is null)
            {
                result.AddError("Say where the prices come from: either --from FILE or --npm PACKAGE.");
            }
            else if (result.GetValue(_npm) is { } package && (package.Length == 0 || package[0] is '-' || package.Any(char.IsWhiteSpace)))
            {
                result.AddError($"'{package}' is no package: write it as @pydantic/genai-prices.");
            }
        });
        SetAction((arguments, cancellationToken) => PricesCommand.RunAsync(arguments, output => RunAsync(arguments, output, cancellationToken)));
    }

    private async Task<int> RunAsync(ParseResult arguments, TextWriter output, CancellationToken cancellationToken)
    {
        var today = PricesCommand.Today(_time);
        var file = arguments.GetValue(_output)!;
        var source = await ReadAsync(arguments, today, cancellationToken).ConfigureAwait(false);
        var previous = File.Exists(file) ? LoadedPrices.Read(file, today) : null;
        var check = new PriceCheck(source, _time.GetUtcNow(), arguments.GetValue(_allow)!);
        var report = new PriceReport(output, arguments.GetValue(_verbose), _format.IsJson(arguments));
        await report.WriteSourceAsync(source).ConfigureAwait(false);
        var fine = await report.WriteFindingsAsync(check, check.Findings(previous ?? LoadedPrices.Embedded())).ConfigureAwait(false);
        fine &= previous is null || await KeepsModelsAsync(previous, source, report).ConfigureAwait(false);
        var changes = previous is null ? null : new PriceDiff(previous, source with { Name = "the update" });
        if (changes is not null)
        {
            await report.WriteAsync(changes.ToTable(), json =>
            {
                json.WritePropertyName("changes");
                json.WriteRawValue(changes.ToJson());
            }).ConfigureAwait(false);
        }

        if (!fine && !arguments.GetValue(_force))
        {
            await report.WriteAsync($"Nothing was written: {file} stays as it is. --allow provider/model takes an entry as it is, --force all of them.\n", json => json.WriteNull("written")).ConfigureAwait(false);
            await report.EndAsync(fine).ConfigureAwait(false);
            return PricesCommand.Differs;
        }

        await AtomicFile.WriteAsync(file, source.File, cancellationToken).ConfigureAwait(false);
        await report.WriteAsync($"Wrote {file}: version {source.Book.Version}.{Gone(changes?.Removed ?? [])}\n", json => json.WriteString("written", file)).ConfigureAwait(false);
        await report.EndAsync(fine).ConfigureAwait(false);
        return CommandLine.Ok;
    }

    // What one has added to the file oneself is lost with it; the table above may be long.
    private static string Gone(IReadOnlyList<string> entries) => entries.Count switch
    {
        0 => "",
        <= FewGone => $" No longer in it: {string.Join(", ", entries)}.",
        _ => $" No longer in it: {string.Join(", ", entries.Take(FewGone))} and {entries.Count - FewGone} more.",
    };

    // A list that was cut short is valid, and would leave most calls without a price.
    private static async Task<bool> KeepsModelsAsync(LoadedPrices previous, LoadedPrices source, PriceReport report)
    {
        var (before, after) = (PriceRows.Read(previous.File).Count, PriceRows.Read(source.File).Count);
        if (after * 2 >= before)
        {
            return true;
        }

        var text = $"{before} models before and {after} now: is the list whole?";
        await report.WriteAsync($"error: {text}\n", json => json.WriteString("error", text)).ConfigureAwait(false);
        return false;
    }

    private async Task<LoadedPrices> ReadAsync(ParseResult arguments, DateOnly today, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(_npm) is not { } package)
        {
            return LoadedPrices.Read(arguments.GetValue(_from)!, today);
        }

        var data = await NpmPackage.FetchAsync(package, _environment("PATH"), today, cancellationToken).ConfigureAwait(false);
        return LoadedPrices.Parse(package, data, today);
    }
}
