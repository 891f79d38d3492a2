using LlmTelemetry.Service;

return await CommandLine.RunAsync(args, Console.Out, Console.Error, Environment.GetEnvironmentVariable, TimeProvider.System).ConfigureAwait(false);
