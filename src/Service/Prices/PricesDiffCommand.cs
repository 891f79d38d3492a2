using System.CommandLine;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry prices diff</c>: what changed from one price file to another.</summary>
internal sealed class PricesDiffCommand : Command
{
    private readonly Argument<string> _old = new("old") { Description = "The price file or feed before." };
    private readonly Argument<string> _new = new("new") { Description = "The price file or feed after." };
    private readonly FormatOption _format = FormatOption.TableOrJson();
    private readonly TimeProvider _time;

    public PricesDiffCommand(TimeProvider time)
        : base("diff", "Prints the entries that were added or removed, and each price that changed. Exit codes: 0 the same, 1 prices differ, 2 unreadable.")
    {
        _time = time;
        Add(_old);
        Add(_new);
        Add(_format);
        SetAction((arguments, _) => PricesCommand.RunAsync(arguments, output => RunAsync(arguments, output)));
    }

    private async Task<int> RunAsync(ParseResult arguments, TextWriter output)
    {
        var today = PricesCommand.Today(_time);
        var diff = new PriceDiff(LoadedPrices.Read(arguments.GetValue(_old)!, today), LoadedPrices.Read(arguments.GetValue(_new)!, today));
        await output.WriteAsync(_format.IsJson(arguments) ? diff.ToJson() : diff.ToTable()).ConfigureAwait(false);
        return diff.IsEmpty ? CommandLine.Ok : PricesCommand.Differs;
    }
}
