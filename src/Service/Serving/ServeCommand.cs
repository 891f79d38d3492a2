using System.CommandLine;
using System.Net.Sockets;
using System.Security.Cryptography;
using LlmTelemetry.CostExporter;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry serve</c>: runs the service until it is told to stop.</summary>
internal sealed class ServeCommand : Command
{
    /// <summary>How long it takes at most to end when the process is told to: requests under way, then what is to be sent.</summary>
    public static readonly TimeSpan EndTimeout = ServeHost.ShutdownTimeout + TimeSpan.FromSeconds(10);

    private readonly Option<string?> _urls = new("--urls")
    {
        Description = $"Where to listen, with ';' between several (default: LlmTelemetry__Service__Urls from the environment, else {ServiceOptions.DefaultUrls}). Elsewhere than on this machine it needs keys.",
        HelpName = "urls",
    };

    private readonly Option<string?> _config = new("--config") { Description = "A JSON file with settings, as an application's appsettings.json; what the environment says wins.", HelpName = "file" };
    private readonly Option<string?> _newKey = new("--new-key") { Description = "Prints a new key of this name, and the settings for it, and ends.", HelpName = "name" };
    private readonly Option<string?> _scopes = new("--scopes") { Description = $"What the new key may do, {ApiScopeWords.Right} (default: read).", HelpName = "scopes" };
    private readonly Option<string?> _tenant = new("--tenant") { Description = "The only tenant that the new key sees and delivers for (default: all).", HelpName = "tenant" };
    private readonly Option<string?> _store = new("--store") { Description = $"Where the ledger is: sqlite:FILE, redis://[user:password@]HOST:PORT[/db], rediss://... or redis:HOST:PORT (default: {ReportCommand.StoreVariable} from the environment, else {new CostExporterOptions().Store}).", HelpName = "address" };
    private readonly CommandContext _context;

    public ServeCommand(CommandContext context)
        : base("serve", "Receives telemetry over OTLP/HTTP into the ledger, and shows it: an HTTP API and a page.")
    {
        _context = context;
        Add(_urls);
        Add(_config);
        Add(_newKey);
        Add(_scopes);
        Add(_tenant);
        Add(_store);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (output, error) = (arguments.InvocationConfiguration.Output, arguments.InvocationConfiguration.Error);
        try
        {
            return arguments.GetValue(_newKey) is { } name
                ? await NewKey.PrintAsync(output, name, arguments.GetValue(_scopes), arguments.GetValue(_tenant)).ConfigureAwait(false)
                : arguments.GetValue(_scopes) is not null || arguments.GetValue(_tenant) is not null
                    ? throw new FormatException("--scopes and --tenant are of a new key: say --new-key NAME, too.")
                    : await ServeAsync(arguments, output, error, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is FormatException or OptionsValidationException or ArgumentException or FileNotFoundException or InvalidDataException)
        {
            return await CommandLine.FailAsync(error, cause is InvalidDataException ? $"{cause.Message} {cause.GetBaseException().Message}" : cause.Message, CommandLine.BadArguments).ConfigureAwait(false);
        }
    }

    private async Task<int> ServeAsync(ParseResult arguments, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var urls = arguments.GetValue(_urls) is { } said ? ListenAddresses.Checked(said) : null;
        var configuration = ServeConfiguration.Build(_context, arguments.GetValue(_config));
        using var disposing = configuration as IDisposable;
        var app = ServeHost.Build(new ServeSetup(configuration, _context.Time) { Urls = urls, Store = arguments.GetValue(_store) });
        await using (app.ConfigureAwait(false))
        {
            try
            {
                await app.StartAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception cause) when (cause is InvalidOperationException or CryptographicException or NotSupportedException
                or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
            {
                // What Kestrel finds out of its own settings only now: no certificate, none that can be read, or one without its key.
                await app.StopAsync(CancellationToken.None).ConfigureAwait(false);
                return await CommandLine.FailAsync(error, $"{ServeHost.Kestrel}: {cause.Message}", CommandLine.BadArguments).ConfigureAwait(false);
            }
            catch (IOException cause)
            {
                // A port in use. What was begun before is ended.
                await app.StopAsync(CancellationToken.None).ConfigureAwait(false);
                var why = cause.InnerException is AddressInUseException ? " Another process listens there; choose another with --urls." : "";
                return await CommandLine.FailAsync(error, cause.Message + why, CommandLine.StoreProblem).ConfigureAwait(false);
            }
            catch (SocketException cause)
            {
                // An address of another machine, a port that only root may have. It names no address.
                await app.StopAsync(CancellationToken.None).ConfigureAwait(false);
                var asked = ListenAddresses.Of(urls ?? app.Services.GetRequiredService<ServiceOptions>().Urls, configuration);
                return await CommandLine.FailAsync(error, $"It cannot listen on {string.Join(" and ", asked)}: {cause.Message}.", CommandLine.StoreProblem).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Told to stop before it had started, or the store is not ours.
                await app.StopAsync(CancellationToken.None).ConfigureAwait(false);
                return await EndAsync(app, error).ConfigureAwait(false);
            }

            await output.WriteLineAsync($"llmtelemetry: listening; the page is at {string.Join(" and ", app.Urls.Select(url => url.TrimEnd('/') + "/"))}").ConfigureAwait(false);
            await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            await app.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
            return await EndAsync(app, error).ConfigureAwait(false);
        }
    }

    private static async Task<int> EndAsync(WebApplication app, TextWriter error) => app.Services.GetRequiredService<StoreState>().Mismatch is { } mismatch
        ? await CommandLine.FailAsync(error, mismatch.Message, CommandLine.StoreProblem).ConfigureAwait(false)
        : CommandLine.Ok;
}
