using LlmTelemetry.Benchmarks;

// Long measurements against real servers are plain timed commands; the rest is BenchmarkDotNet's, with its own arguments (--filter '*').
switch (args)
{
    case ["export", .. var rest]:
        await ExportCommand.RunAsync(rest);
        break;
    case ["budgets", .. var rest]:
        await BudgetsCommand.RunAsync(rest);
        break;
    case ["receipts", .. var rest]:
        await ReceiptsCommand.RunAsync(rest);
        break;
    case ["report", .. var rest]:
        await ReportCommand.RunAsync(rest);
        break;
    case ["receiver", .. var rest]:
        await ReceiverCommand.RunAsync(rest);
        break;
    default:
        BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(PriceOneCall).Assembly).Run(args, new HouseConfig());
        break;
}
