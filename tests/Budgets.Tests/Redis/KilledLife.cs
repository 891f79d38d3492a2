using System.Globalization;
using LlmTelemetry.BudgetProcess;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Budgets.Tests;

/// <summary>One process of callers (tests/BudgetProcess/UntilKilled.cs) from its start to its end, and what it said.</summary>
internal sealed class KilledLife : IAsyncDisposable
{
    private readonly Server _process;

    private KilledLife(string name, Server process)
    {
        Name = name;
        _process = process;
    }

    public string Name { get; }

    public bool HasEnded => _process.HasExited;

    public int Confirmed => Calls.Count(call => call.IsConfirmed);

    public string Tail => _process.Output is var output && output.Length > 2000 ? output[^2000..] : output;

    /// <summary>Those that began to settle: what the others held expires.</summary>
    public IReadOnlyList<KilledCall> Calls
    {
        get
        {
            var (begun, calls) = (new Dictionary<string, long>(), new Dictionary<string, KilledCall>());

            // The last line may be cut off: it has no end.
            var text = _process.Output;
            foreach (var words in text[..(text.LastIndexOf('\n') + 1)].Split('\n').Select(line => line.Trim('\r').Split(' ')).Where(words => words.Length == 4))
            {
                var at = long.Parse(words[2], CultureInfo.InvariantCulture);
                switch (words[0])
                {
                    case "h":
                        begun[words[1]] = at;
                        break;
                    case "s":
                        calls[words[1]] = new KilledCall(begun[words[1]], at, int.Parse(words[3], CultureInfo.InvariantCulture), null);
                        break;
                    default:
                        calls[words[1]] = calls[words[1]] with { Done = at };
                        break;
                }
            }

            return [.. calls.Values];
        }
    }

    public static KilledLife Start(string name, string[] arguments) =>
        new(name, Server.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "LlmTelemetry.BudgetProcess.dll"), UntilKilled.Word, .. arguments]));

    public async Task KillAsync()
    {
        _process.Signal("KILL");
        await _process.KillAsync();
        await Eventually.HoldsAsync(() => Task.FromResult(_process.HasExited), "all that it wrote is read");
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}

/// <summary>A call that began to settle.</summary>
/// <param name="Begun">When it began to hold.</param>
/// <param name="Settled">When it began to settle.</param>
/// <param name="Amount">What it used.</param>
/// <param name="Done">When that was confirmed; null: nobody heard of it.</param>
internal sealed record KilledCall(long Begun, long Settled, int Amount, long? Done)
{
    public bool IsConfirmed => Done is not null;

    public bool Meets((long From, long To) outage) => Begun <= outage.To && Done >= outage.From;
}
