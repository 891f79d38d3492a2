using System.CommandLine;
using System.Globalization;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry prices check</c>: whether a price file or feed is fit for use.</summary>
internal sealed class PricesCheckCommand : Command
{
    private readonly Argument<string> _file = new("file") { Description = "The price file, or a list of LiteLLM, models.dev or genai-prices." };
    private readonly Option<string?> _against = new("--against") { Description = "A second source of prices: the check fails where the two disagree.", HelpName = "file" };
    private readonly Option<string?> _previous = new("--previous") { Description = "The prices before, from which none may be more than 10 times apart (default: the embedded book).", HelpName = "file" };
    private readonly Option<decimal> _tolerance = new("--tolerance") { Description = "By how many percent two sources may differ (default: 1).", HelpName = "percent", DefaultValueFactory = _ => 1 };
    private readonly Option<string[]> _allow = PricesCommand.Allow();
    private readonly Option<bool> _verbose = PricesCommand.Verbose();
    private readonly FormatOption _format = FormatOption.TextOrJson();
    private readonly TimeProvider _time;

    public PricesCheckCommand(TimeProvider time)
        : base("check", "Checks the schema and the plausibility of prices. Exit codes: 0 fine, 1 a check failed, 2 wrong arguments or unreadable.")
    {
        _time = time;
        Add(_file);
        _tolerance.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !(decimal.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var percent) && percent is >= 0 and <= 100))
            {
                result.AddError($"'{result.Tokens[0].Value}' is no tolerance: write a number of percent from 0 to 100.");
            }
        });
        foreach (var option in new Option[] { _against, _previous, _tolerance, _allow, _verbose, _format })
        {
            Add(option);
        }

        SetAction((arguments, _) => PricesCommand.RunAsync(arguments, output => RunAsync(arguments, output)));
    }

    private async Task<int> RunAsync(ParseResult arguments, TextWriter output)
    {
        var today = PricesCommand.Today(_time);
        LoadedPrices source;
        try
        {
            source = LoadedPrices.Read(arguments.GetValue(_file)!, today);
        }
        catch (InvalidDataException cause)
        {
            var unreadable = new PriceReport(output, verbose: false, _format.IsJson(arguments));
            await unreadable.WriteAsync($"error: {cause.Message}\n", json => json.WriteString("error", cause.Message)).ConfigureAwait(false);
            await unreadable.EndAsync(isFine: false).ConfigureAwait(false);
            return PricesCommand.Differs;
        }

        var previous = arguments.GetValue(_previous) is { } file ? LoadedPrices.Read(file, today) : LoadedPrices.Embedded();
        var other = arguments.GetValue(_against) is { } against ? LoadedPrices.Read(against, today) : null;
        var check = new PriceCheck(source, _time.GetUtcNow(), arguments.GetValue(_allow)!);
        var report = new PriceReport(output, arguments.GetValue(_verbose), _format.IsJson(arguments));
        await report.WriteSourceAsync(source).ConfigureAwait(false);
        var fine = await report.WriteFindingsAsync(check, check.Findings(previous)).ConfigureAwait(false);
        if (other is not null)
        {
            fine &= await report.WriteAgreementAsync(source, other, check, check.Agreement(other, arguments.GetValue(_tolerance) / 100)).ConfigureAwait(false);
        }

        await report.EndAsync(fine).ConfigureAwait(false);
        return fine ? CommandLine.Ok : PricesCommand.Differs;
    }
}
